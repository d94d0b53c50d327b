"""The text that Prometheus reads (exposition format 0.0.4), from plain values."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

_ESCAPED = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})


@dataclass(frozen=True, slots=True)
class Sample:
    """A value with what it is about; `suffix` ends its name (`_bucket`, `_sum`, `_count`)."""

    value: float
    labels: Mapping[str, str] = field(default_factory=dict)
    suffix: str = ""


@dataclass(frozen=True, slots=True)
class Metric:
    """A figure: `kind` is gauge, counter or histogram."""

    name: str
    kind: str
    help: str
    samples: tuple[Sample, ...]


def text_of(metrics: Iterable[Metric]) -> str:
    """All of them, one line a sample."""
    lines = []
    for metric in metrics:
        lines += [f"# HELP {metric.name} {metric.help}", f"# TYPE {metric.name} {metric.kind}"]
        for sample in metric.samples:
            said = ",".join(f'{name}="{value.translate(_ESCAPED)}"' for name, value in sample.labels.items())
            lines.append(f"{metric.name}{sample.suffix}{f'{{{said}}}' if said else ''} {_number(sample.value)}")
    return "\n".join(lines) + "\n"


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else repr(float(value))
