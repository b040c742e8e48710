"""A file that somebody brings; the value is its bytes."""

from typing import Any

from portal.fields.asked import Asked
from portal.i18n import gettext as _


class FileField(Asked):
    """One file of at most `most_bytes`; `accept` is what the browser offers to choose from."""

    kind = "file"

    def __init__(self, *args: Any, most_bytes: int, accept: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.most_bytes, self.accept = most_bytes, accept

    def process_formdata(self, valuelist: Any) -> None:
        sent = valuelist[0] if valuelist else None
        self.data, self.raw_data = None, [getattr(sent, "filename", None) or ""]
        if sent is None or not self.raw_data[0]:
            return
        data = sent.stream.read(self.most_bytes + 1)
        if len(data) > self.most_bytes:
            raise ValueError(
                _(
                    "%(label)s: it may have at most %(limit)s kilobytes.",
                    label=self.asks,
                    limit=self.most_bytes // 1000,
                )
            )
        self.data = data

    def params(self, size: str = "s") -> dict[str, Any]:
        return {
            **self.common_params(),
            "label": {"text": self.label_text(), "classes": f"govuk-label--{size}"},
            "attributes": {"accept": self.accept},
        }
