"""What the channels offer in a terminal: `flask --app app mail-classify`."""

import sys

import click


@click.command("mail-classify")
def mail_classify() -> None:
    """Say what stored messages are: one .eml path a line in, one JSON object a line out."""
    from channels import mail_classify as classifier  # noqa: PLC0415 (pages parse no mail: they start without)

    for answer in classifier.classify_lines(sys.stdin):
        sys.stdout.write(answer + "\n")
    sys.stdout.flush()
