"""Seeded workloads, and what each writer and reader of segmentations needs for them; see README.md here.

make bench                        everything, about 20 minutes
make bench ROWS="w1-binary w4"    rows whose names begin so
make bench SIZE=quick             tiny workloads: tells whether it runs, not how fast
"""
