"""What may change in sound facts of the readiness gate without ending a PASS."""

from __future__ import annotations

#: Names of files and programs, and what only tells or locates.
_TOLD = (r"\.(file|program|release|crate|heading|where|kind|text|needs)=", r"committer_time=int",
         r"\.(changed|sources\[0\]\.changed)\.value\.commit=str")  # fmt: skip
#: Either direction of descent alone; both together are what age rests on.
_DESCENT = (r"\.sources\[0\]\.(before|after)\.value=bool",)

#: Control → (where its own facts begin, what of them may change).
GATE: dict[str, tuple[str, tuple[str, ...]]] = {
    "RG-01": (
        r"^\.(papers\.readiness|others)",
        (
            *_TOLD, *_DESCENT,
            r"\.items\[\d\]!gone", r"\.items\[\d\]\.controls\[\d\]!gone",  # a shorter list
            r"\.items\[\d\]\.mark=",  # an unknown word is none
            r"^\.others\[UA-01\]\.floor=",
        ),
    ),
    "RG-02": (
        r"^\.papers\.reviews\[0\]",
        (
            *_TOLD, *_DESCENT,
            r"\.commands\[\d\]!gone", r"\.versions\[0\]\.of=",
            r"\.claims\.value\[\d\](!gone|\.(line|what|value|why|holds)=)",
        ),
    ),
    "RG-03": (
        r"^\.papers\.reviews\[1\]",
        (
            *_TOLD, *_DESCENT,
            r"\.commands\[\d\]!gone", r"\.versions\[0\]\.of=",
            r"\.claims\.value\[\d\](!gone|\.(line|what|value|why|holds)=)",
        ),
    ),
    "RG-04": (
        r"^\.papers\.specif",
        (
            *_TOLD, *_DESCENT, r"\.specified\[0\]!gone",
            # An account of instructions may be named beside the types.
            r"\.places\[\d\]", r"\.interface\.value\[accounts\]\[0\]!gone",
        ),
    ),
    "RG-05": (
        r"^\.external",
        (
            *_TOLD, r"\.said\.value\[report_sha256\](\[0\])?!gone",
            r"\.findings\[\d\](!gone|\.id=)", r"\.findings\[1\]\.state=",  # a low one
            # Signed by the key that the target has; the other way would do as well.
            r"\.firmly\.(known|keyed|published)=", r"\.changed\.value=int", r"\.programs\[0\]!gone",
        ),
    ),
    "RG-07": (
        r"^\.reach",
        (
            *_TOLD, r"\.scope\[\w+\]=", r"\.documents\.value=int",
            r"\.named\[\d\](!gone|\.surface=|\.here=|\.fits)",  # all of them are in scope
            r"\.reached\[\d\](!gone|\.read\.value=)",
            r"\.reached\[[01]\]\.known=", r"\.reached\[2\]\.address=",
        ),
    ),
}  # fmt: skip
