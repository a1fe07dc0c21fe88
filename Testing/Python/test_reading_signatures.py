"""What highdicom's segmentations, images and volumes can be asked, ours can be asked in the same words."""

import inspect

import pydicom
import pytest

import dicomsegcodec as hd
from dicomsegcodec.array_options import ArrayOptions

highdicom = pytest.importorskip("highdicom", reason="highdicom is not installed; `make test` installs it")

# Their classes, and what each inherits that is not theirs.
BASES = {
    "seg.Segmentation": pydicom.Dataset,
    "Image": pydicom.Dataset,
    "Volume": object,
    "VolumeGeometry": object,
    "ChannelDescriptor": object,
    "VolumeToVolumeTransformer": object,
}
FUNCTIONS = ("get_volume_from_series", "seg.utils.iter_segments", "spatial.get_closest_patient_orientation")

INNER = "fills an object under construction; ours are whole when they are made"
ENCODED = "the encoded bytes of a frame are of use to a codec only; pydicom.encaps finds them"
READ = "the same as segread and imread"
TRAINING = "draws at random or scales values to train a network, which is no matter of where voxels lie"
OTHER_PACKAGE = "needs a package that the codec does without; SimpleITK reads and writes what it does"
OF_DERIVED_IMAGES = "about images derived from others, of which segmentations are the ones meant here"
PIXELS_OF_SLIDES = "the pixels of slides are read by tile; their grid is what a segmentation needs"
LEFT_OUT = {
    ("seg.Segmentation", "add_segments"): "raises an error in theirs too; a segmentation is made whole",
    ("seg.Segmentation", "copy_patient_and_study_information"): INNER,
    ("seg.Segmentation", "copy_specimen_information"): INNER,
    ("seg.Segmentation", "from_file"): READ,
    ("seg.Segmentation", "get_raw_frame"): ENCODED,
    ("Image", "are_dimension_indices_unique"): OF_DERIVED_IMAGES,
    ("Image", "copy_patient_and_study_information"): INNER,
    ("Image", "copy_specimen_information"): INNER,
    ("Image", "dimension_index_pointers"): OF_DERIVED_IMAGES,
    ("Image", "from_file"): READ,
    ("Image", "get_pixels_by_source_frame"): OF_DERIVED_IMAGES,
    ("Image", "get_pixels_by_source_instance"): OF_DERIVED_IMAGES,
    ("Image", "get_raw_frame"): ENCODED,
    ("Image", "get_source_image_uids"): OF_DERIVED_IMAGES,
    ("Image", "get_total_pixel_matrix"): PIXELS_OF_SLIDES,
    ("Image", "is_indexable_as_total_pixel_matrix"): PIXELS_OF_SLIDES,
    **{("Volume", name): OTHER_PACKAGE for name in ("from_itk", "from_nibabel", "to_itk", "to_nibabel")},
    **{("Volume", name): TRAINING for name in ("normalize_mean_std", "normalize_min_max")},
    **{
        (owner, name): TRAINING
        for owner in ("Volume", "VolumeGeometry")
        for name in ("random_flip_spatial", "random_permute_spatial_axes", "random_spatial_crop")
    },
}

DISPLAY = (
    *("apply_real_world_transform", "real_world_value_map_selector", "apply_voi_transform"),
    *("voi_transform_selector", "voi_output_range", "apply_presentation_lut"),
)
COLOURS = ("apply_palette_color_lut", "apply_icc_profile")
# Keywords of theirs that are left out, and why.
FOR_VIEWERS = "how an image is shown, or what its values stand for beyond the modality's units"
OF_LABELS = "a stored frame is what is stored; colours come with get_volume and the rest"
NO_GAPS = "a series or image with a hole is refused; it has a grid only without it"
KEYWORDS_LEFT_OUT = {
    **{
        (owner, key): FOR_VIEWERS
        for owner in ("Image.get_frame", "Image.get_frames", "Image.get_volume", "get_volume_from_series")
        for key in (*DISPLAY, *COLOURS)
    },
    **{
        (f"seg.Segmentation.{method}", key): OF_LABELS
        for method in ("get_frame", "get_frames")
        for key in (*DISPLAY, *COLOURS, "apply_modality_transform")
    },
    ("Image.get_volume", "allow_missing_positions"): NO_GAPS,
    ("Image.get_volume_geometry", "allow_missing_positions"): NO_GAPS,
    ("get_volume_from_series", "orientation_tol"): "images of one series that are not parallel are refused",
}
# Defaults that differ from theirs, with both values as they are shown.
OTHER_DEFAULTS = {
    ("Image.get_frame", "dtype"): "float64 too, but colours keep their type",
    ("Image.get_frames", "dtype"): "float64 too, but colours keep their type",
    **{
        (f"{owner}.{method}", "coordinate_system"): "may be left out here: the patient's"
        for owner in ("Volume", "VolumeGeometry")
        for method in ("__init__", "from_components", "from_attributes")
    },
    ("ChannelDescriptor.__init__", "value_type"): "",
}


def found(root: object, name: str) -> object:
    for part in name.split("."):
        root = getattr(root, part)
    return root


def members(name: str) -> list[str]:
    theirs, base = found(highdicom, name), BASES[name]
    own = [n for n in dir(theirs) if not n.startswith("_")]
    return [n for n in own if getattr(base, n, None) is not getattr(theirs, n)]


def methods() -> list[str]:
    """Return what can be called, in both."""
    names = []
    for owner in BASES:
        theirs, ours = found(highdicom, owner), found(hd, owner)
        extra = ["__init__"] if owner not in ("seg.Segmentation", "Image") else []
        for member in [*members(owner), *extra]:
            static = inspect.getattr_static(theirs, member)
            if hasattr(ours, member) and not isinstance(static, property):
                names.append(f"{owner}.{member}")
    return [*names, *FUNCTIONS]


@pytest.mark.parametrize("owner", BASES)
def test_every_member_of_theirs_is_ours_or_left_out_for_a_reason(owner: str) -> None:
    ours = found(hd, owner)
    missing = {n for n in members(owner) if not hasattr(ours, n)}
    assert missing == {name for cls, name in LEFT_OUT if cls == owner}
    for member in set(members(owner)) - missing:
        kinds = [
            isinstance(inspect.getattr_static(cls, member), property)
            for cls in (found(highdicom, owner), ours)
        ]
        assert kinds[0] == kinds[1], f"{owner}.{member} is a property in one and a method in the other"


def parameters(root: object, name: str) -> dict[str, inspect.Parameter]:
    return dict(inspect.signature(found(root, name)).parameters)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", methods())
def test_a_method_takes_the_same_keywords_in_the_same_order(name: str) -> None:
    theirs, ours = parameters(highdicom, name), parameters(hd, name)
    various = {key for key, p in theirs.items() if p.kind is p.VAR_KEYWORD}
    missing = {key for key in theirs if key not in ours} - various
    assert missing == {key for method, key in KEYWORDS_LEFT_OUT if method == name}
    assert bool(various) == any(p.kind is p.VAR_KEYWORD for p in ours.values())
    kept = [key for key in theirs if key in ours]
    by_position = [key for key in kept if theirs[key].kind is theirs[key].POSITIONAL_OR_KEYWORD]
    mine = [key for key, p in ours.items() if p.kind is p.POSITIONAL_OR_KEYWORD]
    assert mine[: len(by_position)] == by_position
    for key, parameter in ours.items():
        optional = parameter.default is not parameter.empty or parameter.kind is parameter.VAR_KEYWORD
        assert key in theirs or optional, f"{key} is needed by ours alone"


@pytest.mark.parametrize("name", methods())
def test_what_is_left_out_means_the_same(name: str) -> None:
    theirs, ours = parameters(highdicom, name), parameters(hd, name)
    for key in theirs.keys() & ours.keys():
        if (name, key) not in OTHER_DEFAULTS:
            one, other = (str(getattr(p[key].default, "value", p[key].default)) for p in (theirs, ours))
            assert one == other, key


RETRIEVALS = (
    *("get_pixels_by_source_instance", "get_pixels_by_source_frame", "get_pixels_by_dimension_index_values"),
    *("get_volume", "get_total_pixel_matrix"),
)


@pytest.mark.parametrize("name", RETRIEVALS)
def test_every_retrieval_takes_the_options_of_arrays_and_shows_them(name: str) -> None:
    shown = inspect.signature(getattr(hd.seg.Segmentation, name)).parameters
    wanted = inspect.signature(ArrayOptions).parameters
    for key, parameter in wanted.items():
        assert shown[key].default == parameter.default, key
        assert shown[key].annotation == parameter.annotation, key
