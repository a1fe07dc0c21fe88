"""Segmentation nodes to layers and layers to nodes: views, not copies, and nothing changed."""

import numpy as np
import pytest
import slicer
import vtk
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from segmentations import (
    REPRESENTATION,
    SURFACE,
    Layer,
    Looks,
    addSegmentation,
    addVolume,
    arrayOf,
    bufferOf,
    ijkToRasOf,
    state,
    tagsOf,
    voxels,
)

from dicomsegcodec.errors import ArgumentError, ArgumentTypeError, GeometryMismatch, IrregularPlanes
from dicomsegcodec.geometry import Planes
from dicomsegcodec.layers import LabelLayer, LayeredSegmentation
from dicomsegcodec.segments import Segment
from dicomsegcodec.sources import read_sources
from DicomSegIOLib import Grid, SegmentationNode


@pytest.fixture(scope="session")
def planes(oblique) -> Planes:
    return read_sources(oblique.files).planes


def blob(shape: tuple[int, ...], *labels: int, dtype=np.uint8, seed: int = 0) -> np.ndarray:
    """Return an array in which each of the labels stands somewhere, and 0."""
    pixels = np.random.default_rng(seed).choice([0, *labels], shape).astype(dtype)
    pixels.flat[: len(labels) + 1] = [0, *labels]
    return pixels


def dense(layered: LayeredSegmentation, number: int) -> np.ndarray:
    """Return a segment as a bool array on all of the grid."""
    whole = np.zeros(layered.shape, bool)
    for layer in layered.layers:
        place = tuple(slice(o, o + n) for o, n in zip(layer.origin, layer.pixels.shape, strict=True))
        for value, segment in layer.segments.items():
            if segment == number:
                whole[place] |= layer.pixels == value
    return whole


def memoryOf(node, segmentId: str) -> np.ndarray:
    return bufferOf(node.GetSegmentation().GetSegment(segmentId).GetRepresentation(REPRESENTATION))


# --- node -> layers -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8"])
def test_layers_are_views_of_slicers_images_whatever_integers_they_hold(scene, volume, planes, dtype) -> None:
    node = addSegmentation(
        scene,
        {"a": Looks("A"), "b": Looks("B"), "c": Looks("C")},
        [
            Layer(blob((3, 5, 4), 7, 100, dtype=dtype), {"a": 7, "c": 100}, (2, 4, 1)),
            Layer(blob((2, 6, 6), 1, dtype=dtype), {"b": 1}, (0, 0, 2)),
        ],
        volume=volume,
    )
    before = state(scene)
    contents = SegmentationNode.readNode(node)
    layered = contents.onPlanes(planes)
    assert [segment.label for segment in layered.segments] == ["A", "B", "C"]
    assert [dict(layer.segments) for layer in layered.layers] == [{7: 1, 100: 3}, {1: 2}]
    for number, segmentId in enumerate("abc", start=1):
        assert dense(layered, number).any()
        np.testing.assert_array_equal(dense(layered, number), voxels(node, segmentId, volume))
    for layer, segmentId in zip(layered.layers, "ab", strict=True):
        assert np.shares_memory(layer.pixels, memoryOf(node, segmentId))
    assert state(scene) == before


def test_an_image_that_is_larger_than_the_grid_is_cropped_as_a_view(scene, volume, planes) -> None:
    pixels = np.zeros((10, 20, 20), np.uint8)
    pixels[3:5, 5:8, 5:9] = 1
    node = addSegmentation(scene, {"a": Looks("A")}, [Layer(pixels, {"a": 1}, (-3, -2, -1))], volume=volume)
    layered = SegmentationNode.readNode(node).onPlanes(planes)
    assert layered.layers[0].pixels.shape == layered.shape
    assert np.shares_memory(layered.layers[0].pixels, memoryOf(node, "a"))
    np.testing.assert_array_equal(dense(layered, 1), voxels(node, "a", volume))
    assert dense(layered, 1).sum() == 24


@pytest.mark.parametrize(
    "first", [(-2, 3, 3), (9, 3, 3), (3, -1, 3), (3, 12, 3), (3, 3, -2), (3, 3, 5), (50, 3, 3)]
)
def test_voxels_outside_of_the_images_are_refused_with_name_and_number(scene, volume, planes, first) -> None:
    pixels = np.ones((3, 3, 3), np.uint8)
    pixels[1, 1, 1] = 9  # of a segment that is not exported
    node = addSegmentation(
        scene, {"a": Looks("Liver"), "b": Looks("B")}, [Layer(pixels, {"a": 1, "b": 9}, first)], volume=volume
    )
    inGrid = int(voxels(node, "a", volume).sum())
    with pytest.raises(
        ArgumentError,
        match=rf"^{26 - inGrid} voxels? of segment 'Liver' \({(26 - inGrid) / 0.26:.3g} %\) lie outside",
    ) as caught:
        SegmentationNode.readNode(node, ["a"]).onPlanes(planes)
    assert "'B'" not in str(caught.value)


def test_empty_space_outside_of_the_images_is_no_harm(scene, volume, planes) -> None:
    pixels = np.zeros((3, 3, 3), np.uint8)
    node = addSegmentation(scene, {"a": Looks("A")}, [Layer(pixels, {"a": 1}, (50, 3, 3))], volume=volume)
    layered = SegmentationNode.readNode(node).onPlanes(planes)
    assert layered.numbers == (1,) and layered.layers == ()


def test_chosen_segments_come_in_the_nodes_order_and_share_their_image(scene, volume, planes) -> None:
    node = addSegmentation(
        scene,
        {name: Looks(name.upper()) for name in "abcd"},
        [Layer(blob((4, 5, 6), 1, 2, 3, 4), {"a": 1, "b": 2, "c": 3, "d": 4}, (1, 1, 1))],
        volume=volume,
    )
    layered = SegmentationNode.readNode(node, ("d", "b", "d")).onPlanes(planes)
    assert [(segment.number, segment.label) for segment in layered.segments] == [(1, "B"), (2, "D")]
    assert [dict(layer.segments) for layer in layered.layers] == [{2: 1, 4: 2}]
    assert np.shares_memory(layered.layers[0].pixels, memoryOf(node, "a"))


def test_empty_segments_are_described_and_lie_in_no_layer(scene, volume, planes) -> None:
    node = addSegmentation(
        scene,
        {"a": Looks("A"), "b": Looks("B"), "c": Looks("C")},
        [Layer(blob((2, 2, 2), 1), {"b": 1})],
        volume=volume,
    )
    emptied = slicer.vtkOrientedImageData()
    emptied.SetExtent(3, 2, 4, 3, 5, 4)
    node.GetSegmentation().GetSegment("c").AddRepresentation(REPRESENTATION, emptied)
    allocated = slicer.vtkOrientedImageData()
    allocated.SetExtent(3, 4, 4, 5, 5, 5)
    node.GetSegmentation().GetSegment("a").AddRepresentation(REPRESENTATION, allocated)
    layered = SegmentationNode.readNode(node).onPlanes(planes)
    assert layered.numbers == (1, 2, 3)
    assert [dict(layer.segments) for layer in layered.layers] == [{1: 2}]


def test_segments_under_the_same_label_of_one_image_are_equal(scene, volume, planes) -> None:
    node = addSegmentation(
        scene,
        {"a": Looks("A"), "b": Looks("B")},
        [Layer(blob((2, 3, 4), 5), {"a": 5, "b": 5})],
        volume=volume,
    )
    layered = SegmentationNode.readNode(node).onPlanes(planes)
    np.testing.assert_array_equal(dense(layered, 1), dense(layered, 2))
    assert dense(layered, 1).any()


def test_a_label_of_zero_is_refused(scene, volume) -> None:
    node = addSegmentation(scene, {"a": Looks("A")}, [Layer(blob((2, 3, 4), 5), {"a": 0})], volume=volume)
    with pytest.raises(ArgumentError, match="'A' has the label value 0"):
        SegmentationNode.readNode(node)


def test_whole_numbers_in_a_float_image_count(scene, volume, planes) -> None:
    node = addSegmentation(
        scene, {"a": Looks("A")}, [Layer(blob((2, 3, 4), 5, dtype=np.float32), {"a": 5})], volume=volume
    )
    layered = SegmentationNode.readNode(node).onPlanes(planes)
    np.testing.assert_array_equal(dense(layered, 1), voxels(node, "a", volume))


@pytest.mark.parametrize("value", [0.5, np.nan, np.inf, 1e12])
def test_a_float_image_of_other_numbers_is_refused(scene, volume, value) -> None:
    pixels = np.ones((2, 3, 4), np.float64)
    pixels[1, 1, 1] = value
    node = addSegmentation(scene, {"a": Looks("A")}, [Layer(pixels, {"a": 1})], volume=volume)
    with pytest.raises(ArgumentTypeError, match="'A' holds numbers that are not whole"):
        SegmentationNode.readNode(node)


def test_an_image_with_several_components_is_refused(scene, volume) -> None:
    node = addSegmentation(scene, {"a": Looks("A")}, [Layer(blob((2, 3, 4), 1), {"a": 1})], volume=volume)
    node.GetSegmentation().GetSegment("a").GetRepresentation(REPRESENTATION).AllocateScalars(
        vtk.VTK_UNSIGNED_CHAR, 3
    )
    with pytest.raises(ArgumentTypeError, match="3 components"):
        SegmentationNode.readNode(node)


def test_a_volume_that_runs_against_the_series_is_turned_as_a_view(scene, oblique, planes) -> None:
    volume = addVolume(scene, oblique.images[::-1])
    node = addSegmentation(
        scene, {"a": Looks("A")}, [Layer(blob((3, 5, 4), 1), {"a": 1}, (2, 4, 1))], volume=volume
    )
    layered = SegmentationNode.readNode(node).onPlanes(planes)
    np.testing.assert_array_equal(dense(layered, 1), voxels(node, "a", volume)[::-1])
    assert np.shares_memory(layered.layers[0].pixels, memoryOf(node, "a"))


@pytest.mark.parametrize("change", [np.diag([0.5, 0.5, 1, 1]), np.diag([1, 1, 2.0, 1])])
def test_layers_of_another_lattice_are_refused_by_name(scene, volume, oblique, planes, change) -> None:
    node = addSegmentation(
        scene,
        {"a": Looks("A"), "b": Looks("B"), "c": Looks("C")},
        [
            Layer(blob((2, 3, 4), 1), {"a": 1}),
            Layer(blob((2, 3, 4), 1, 2), {"b": 1, "c": 2}, ijkToRas=ijkToRasOf(oblique.images) @ change),
        ],
        volume=volume,
    )
    before = state(scene)
    with pytest.raises(GeometryMismatch, match=r"^Segments 'B' and 'C' cannot be written on .* voxels of"):
        SegmentationNode.readNode(node).onPlanes(planes)
    assert state(scene) == before


def test_uneven_images_are_refused(scene, volume, planes) -> None:
    node = addSegmentation(scene, {"a": Looks("A")}, [Layer(blob((2, 3, 4), 1), {"a": 1})], volume=volume)
    with pytest.raises(IrregularPlanes):
        SegmentationNode.readNode(node).onPlanes(planes.take([0, 1, 2, 4, 5]))


def addTransform(scene, *nodes, offset=(0.0, 0.0, 0.0), name="moved"):
    transform = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode", name)
    matrix = vtk.vtkMatrix4x4()
    for row, value in enumerate(offset):
        matrix.SetElement(row, 3, value)
    transform.SetMatrixTransformToParent(matrix)
    for node in nodes:
        node.SetAndObserveTransformNodeID(transform.GetID())
    return transform


def test_a_linear_transform_moves_the_voxels(scene, volume, oblique, planes) -> None:
    node = addSegmentation(
        scene, {"a": Looks("A")}, [Layer(blob((2, 3, 4), 1), {"a": 1}, (1, 2, 1))], volume=volume
    )
    still = SegmentationNode.readNode(node).onPlanes(planes)
    ijkToRas = ijkToRasOf(oblique.images)
    addTransform(scene, node, offset=ijkToRas[:3, :3] @ [1, 2, 3])
    before = state(scene)
    contents = SegmentationNode.readNode(node)
    layered = contents.onPlanes(planes)
    assert [finding.text for finding in contents.findings] == [
        "The segmentation has a transform against the images; it is applied."
    ]
    np.testing.assert_array_equal(dense(layered, 1), np.roll(dense(still, 1), (3, 2, 1), (0, 1, 2)))
    assert dense(layered, 1).any()
    assert state(scene) == before


def test_a_transform_that_the_volume_has_too_moves_nothing(scene, volume, planes) -> None:
    node = addSegmentation(
        scene, {"a": Looks("A")}, [Layer(blob((2, 3, 4), 1), {"a": 1}, (1, 2, 1))], volume=volume
    )
    still = SegmentationNode.readNode(node).onPlanes(planes)
    addTransform(scene, node, volume, offset=(7.3, -2.2, 1.1))
    contents = SegmentationNode.readNode(node)
    assert contents.findings == ()
    np.testing.assert_array_equal(dense(contents.onPlanes(planes), 1), dense(still, 1))


def test_a_nonlinear_transform_is_refused_with_a_way_out(scene, volume) -> None:
    node = addSegmentation(scene, {"a": Looks("A")}, [Layer(blob((2, 3, 4), 1), {"a": 1})], volume=volume)
    points = vtk.vtkPoints()
    for point in ((0, 0, 0), (100, 0, 0), (0, 100, 0), (0, 0, 100), (50, 50, 50)):
        points.InsertNextPoint(point)
    bent = vtk.vtkThinPlateSplineTransform()
    bent.SetBasisToR()
    bent.SetSourceLandmarks(points)
    target = vtk.vtkPoints()
    target.DeepCopy(points)
    target.SetPoint(4, 60, 50, 50)
    bent.SetTargetLandmarks(target)
    transform = scene.AddNewNodeByClass("vtkMRMLTransformNode", "bent")
    transform.SetAndObserveTransformToParent(bent)
    node.SetAndObserveTransformNodeID(transform.GetID())
    before = state(scene)
    with pytest.raises(ArgumentError, match=r"non-linear transform 'bent'.*harden the transform on a copy"):
        SegmentationNode.readNode(node)
    assert state(scene) == before


# --- other representations ----------------------------------------------------------------------------------


def addSphere(node, segmentId: str, center, radius: float) -> None:
    sphere = vtk.vtkSphereSource()
    sphere.SetCenter(center)
    sphere.SetRadius(radius)
    sphere.SetThetaResolution(40)
    sphere.SetPhiResolution(40)
    sphere.Update()
    segment = slicer.vtkSegment()
    segment.SetName(segmentId)
    segment.AddRepresentation(SURFACE, sphere.GetOutput())
    assert node.GetSegmentation().AddSegment(segment, segmentId)


def addSurfaces(scene, oblique):
    """Return a segmentation of closed surfaces, as from an RT structure set."""
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "surfaces")
    node.GetSegmentation().SetSourceRepresentationName(SURFACE)
    ijkToRas = ijkToRasOf(oblique.images)
    addSphere(node, "a", (ijkToRas @ [5, 7, 3, 1])[:3], 2.4)
    addSphere(node, "b", (ijkToRas @ [2, 3, 1, 1])[:3], 1.3)
    return node


@pytest.fixture
def surfaces(scene, oblique):
    return addSurfaces(scene, oblique)


def test_voxels_are_made_of_surfaces_on_a_copy(scene, volume, oblique, planes, surfaces) -> None:
    surfaces.SetReferenceImageGeometryParameterFromVolumeNode(volume)
    before = state(scene)
    layered = SegmentationNode.readNode(surfaces).onPlanes(planes)
    assert state(scene) == before
    assert not surfaces.GetSegmentation().ContainsRepresentation(REPRESENTATION)
    converted = addSurfaces(scene, oblique)
    converted.SetReferenceImageGeometryParameterFromVolumeNode(volume)
    assert converted.CreateBinaryLabelmapRepresentation()
    assert [segment.label for segment in layered.segments] == ["a", "b"]
    assert [dict(layer.segments) for layer in layered.layers] == [{1: 1, 2: 2}]  # one image for both
    for number, segmentId in enumerate("ab", start=1):
        np.testing.assert_array_equal(dense(layered, number), voxels(converted, segmentId, volume))
        assert dense(layered, number).any()


def test_an_oversampled_conversion_does_not_leave_the_images_voxels(volume, planes, surfaces) -> None:
    surfaces.SetReferenceImageGeometryParameterFromVolumeNode(volume)
    plain = SegmentationNode.readNode(surfaces).onPlanes(planes)
    surfaces.GetSegmentation().SetConversionParameter("Oversampling factor", "2")
    layered = SegmentationNode.readNode(surfaces).onPlanes(planes)
    np.testing.assert_array_equal(dense(layered, 1), dense(plain, 1))
    assert surfaces.GetSegmentation().GetConversionParameter("Oversampling factor") == "2"


def test_voxels_are_made_of_the_chosen_surfaces_only(scene, volume, planes, surfaces) -> None:
    surfaces.SetReferenceImageGeometryParameterFromVolumeNode(volume)
    layered = SegmentationNode.readNode(surfaces, ["b"]).onPlanes(planes)
    assert [segment.label for segment in layered.segments] == ["b"]
    assert dense(layered, 1).any()


def test_surfaces_without_a_source_geometry_are_refused_with_a_way_out(scene, surfaces) -> None:
    before = state(scene)
    with pytest.raises(ArgumentError, match=r"stored as Closed surface.*set its source geometry"):
        SegmentationNode.readNode(surfaces)
    assert state(scene) == before


# --- layers -> node -----------------------------------------------------------------------------------------

segmentShapes = st.tuples(st.integers(1, 6), st.integers(1, 14), st.integers(1, 11))


namesOfSegments = st.text(
    st.characters(exclude_categories=("Cs",), exclude_characters="\0"), min_size=1, max_size=80
)


@st.composite
def layereds(draw, planes: Planes) -> LayeredSegmentation:
    """Draw a segmentation: layers with any extents and label values, empty segments among the others."""
    count = draw(st.integers(1, 8))
    numbers = draw(st.lists(st.integers(1, 0xFFFF), min_size=count, max_size=count, unique=True))
    names = draw(st.lists(namesOfSegments, min_size=count, max_size=count))
    homes = draw(st.lists(st.integers(-1, 2), min_size=count, max_size=count))
    layers = []
    for home in range(3):
        mine = [number for number, place in zip(numbers, homes, strict=True) if place == home]
        shape = draw(segmentShapes)
        origin = [draw(st.integers(0, n - m)) for n, m in zip((6, 14, 11), shape, strict=True)]
        dtype = draw(st.sampled_from([np.uint8, np.uint16]))
        values = draw(
            st.lists(st.integers(1, np.iinfo(dtype).max), min_size=len(mine), max_size=len(mine), unique=True)
        )
        if mine:
            pixels = blob(
                shape, *values[: int(np.prod(shape)) - 1], dtype=dtype, seed=draw(st.integers(0, 9))
            )
            layers.append(LabelLayer(pixels, dict(zip(values, mine, strict=True)), tuple(origin)))
    segments = tuple(Segment(number=n, label=name) for n, name in zip(numbers, names, strict=True))
    return LayeredSegmentation(planes, segments, tuple(layers))


@given(st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None)
def test_layers_become_a_node_and_the_node_layers(scene, oblique, planes, data) -> None:
    layered = data.draw(layereds(planes))
    indexToLps = Grid.toIndexToLps(ijkToRasOf(oblique.images))
    segmentation = SegmentationNode.buildSegmentation(layered, indexToLps)
    node = SegmentationNode.addNode(scene, segmentation, "node")
    try:
        back = SegmentationNode.readNode(node).onPlanes(planes)
        assert [segment.label for segment in back.segments] == [segment.label for segment in layered.segments]
        for one, other in zip(layered.segments, back.segments, strict=True):
            np.testing.assert_array_equal(dense(back, other.number), dense(layered, one.number))
    finally:
        scene.RemoveNode(node)


def build(scene, oblique, layered: LayeredSegmentation, name: str = "node"):
    indexToLps = Grid.toIndexToLps(ijkToRasOf(oblique.images))
    return SegmentationNode.addNode(scene, SegmentationNode.buildSegmentation(layered, indexToLps), name)


def test_segments_of_a_layer_share_one_image_over_the_same_memory(scene, oblique, volume, planes) -> None:
    pixels = blob((3, 5, 4), 3, 300, dtype=np.uint16)
    layered = LayeredSegmentation(
        planes,
        tuple(Segment(number=n, label=f"s{n}") for n in (9, 4, 6)),
        (LabelLayer(pixels, {3: 4, 300: 9}, (1, 2, 3)),),
    )
    node = build(scene, oblique, layered)
    segmentation = node.GetSegmentation()
    assert segmentation.GetSegmentIDs() == ("Segment_9", "Segment_4", "Segment_6")
    image = segmentation.GetSegment("Segment_9").GetRepresentation(REPRESENTATION)
    assert image is segmentation.GetSegment("Segment_4").GetRepresentation(REPRESENTATION)
    assert image.GetExtent() == (3, 6, 2, 6, 1, 3)
    assert np.shares_memory(memoryOf(node, "Segment_9"), pixels)
    assert segmentation.GetSegment("Segment_9").GetLabelValue() == 300
    matrix = vtk.vtkMatrix4x4()
    image.GetImageToWorldMatrix(matrix)
    np.testing.assert_allclose(arrayOf(matrix), ijkToRasOf(oblique.images), atol=1e-6)
    assert segmentation.GetSegment("Segment_6").GetRepresentation(REPRESENTATION).GetNumberOfPoints() == 0
    assert not voxels(node, "Segment_6", volume).any()
    assert node.GetDisplayNode().IsA("vtkMRMLSegmentationDisplayNode")
    assert scene.GetNumberOfNodesByClass("vtkMRMLSegmentationNode") == 1


def test_the_array_lives_as_long_as_the_node(scene, oblique, planes) -> None:
    def make():
        pixels = np.full((6, 14, 11), 1, np.uint8)
        layered = LayeredSegmentation(planes, (Segment(number=1, label="a"),), (LabelLayer(pixels, {1: 1}),))
        return build(scene, oblique, layered)

    nodes = [make() for _ in range(5)]
    rubbish = [np.full((6, 14, 11), 77, np.uint8) for _ in range(100)]
    assert all((memoryOf(node, "Segment_1") == 1).all() for node in nodes)
    assert len(rubbish) == 100


def test_an_array_that_cannot_be_written_to_is_copied(scene, oblique, planes) -> None:
    pixels = blob((3, 5, 4), 1)
    pixels.flags.writeable = False
    layered = LayeredSegmentation(planes, (Segment(number=1, label="a"),), (LabelLayer(pixels, {1: 1}),))
    node = build(scene, oblique, layered)
    memoryOf(node, "Segment_1")[:] = 0  # as an editor would
    assert pixels.any()


def test_a_mirrored_or_bool_array_gives_the_voxels_it_shows(scene, oblique, volume, planes) -> None:
    pixels = blob((3, 5, 4), 1).astype(bool)[::-1]
    layered = LayeredSegmentation(planes, (Segment(number=1, label="a"),), (LabelLayer(pixels, {1: 1}),))
    node = build(scene, oblique, layered)
    np.testing.assert_array_equal(voxels(node, "Segment_1", volume)[:3, :5, :4], pixels)


def test_ids_are_unique(scene, oblique, planes) -> None:
    segments = tuple(Segment(number=n, label="same", private_text={"slicer-id": "liver"}) for n in (1, 2, 3))
    node = build(scene, oblique, LayeredSegmentation(planes, segments, ()))
    ids = node.GetSegmentation().GetSegmentIDs()
    assert len(set(ids)) == 3 and ids[0] == "liver"


def test_names_with_signs_that_mrml_cannot_take_become_ones_it_can(scene, oblique, planes) -> None:
    segments = (Segment(number=1, label="a\0b\ud800c"),)
    node = build(scene, oblique, LayeredSegmentation(planes, segments, ()), "no\0de")
    assert node.GetSegmentation().GetNthSegment(0).GetName() == "a b?c"
    assert node.GetName() == "no de"


def test_a_segment_without_a_colour_gets_one_from_slicer(scene, oblique, planes) -> None:
    segments = tuple(Segment(number=n, label="a") for n in (1, 2))
    node = build(scene, oblique, LayeredSegmentation(planes, segments, ()))
    assert node.GetDisplayNode().GetSegmentVisibility(
        "Segment_1"
    )  # Slicer chooses colours when they are shown
    colors = {node.GetSegmentation().GetNthSegment(n).GetColor() for n in range(2)}
    assert len(colors) == 2


# --- tags ---------------------------------------------------------------------------------------------------

tagWords = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=40)


@given(
    st.dictionaries(
        tagWords | st.sampled_from(["a: b", "a", "Tags", " x", "a:", ":", "\n", "a\nb", "Name"]),
        tagWords | st.just("x\n  Tags:\n"),
    )
)
def test_all_tags_of_a_segment_are_read(tags: dict[str, str]) -> None:
    segment = slicer.vtkSegment()
    for tag, value in tags.items():
        segment.SetTag(tag, value)
    read = SegmentationNode.readTags(segment)
    expected = {"TerminologyEntry": segment.GetTerminology()} | tags
    assert read == {tag: expected[tag] for tag in read}
    # A tag whose name breaks the line, or begins or ends with a space, is none that anybody has seen.
    assert {tag for tag in expected if tag == tag.strip() and tag.isprintable()} <= set(read)


def test_reading_tags_looks_at_no_voxel_and_changes_nothing(scene, volume) -> None:
    node = addSegmentation(
        scene,
        {"a": Looks("A", tags={"Segmentation.Status": "done"})},
        [Layer(blob((2, 3, 4), 1), {"a": 1})],
        volume=volume,
    )
    before = state(scene)
    segment = node.GetSegmentation().GetSegment("a")
    names = ["Segmentation.Status", "TerminologyEntry"]
    assert SegmentationNode.readTags(segment) == tagsOf(segment, names)
    assert state(scene) == before
