"""A mail stands in a page of ours as it was laid out, with its own pictures, and nothing from elsewhere."""

import pytest

from backoffice.domain.mail_layout import Picture, lay_out

PHOTO = {"photo1": Picture("/pieces/3?apercu=1", "photo.jpg"), "scan": Picture("", "scan.pdf")}


def test_pictures_stand_where_the_mail_names_them_and_closed_ones_are_named() -> None:
    found = lay_out('<p>Voyez <img src="CID:Photo1" width="300"> et <img alt="le plan" src="cid:scan"></p>', PHOTO)
    assert found.html == ('<p>Voyez <img src="/pieces/3?apercu=1" alt="photo.jpg" width="300"> et [le plan]</p>')
    assert found.left_out == 0


def test_pictures_of_other_sites_are_counted_and_left_out() -> None:
    found = lay_out('<p>a<img src="https://suivi.example/p.gif"><img><img src="cid:inconnue">b</p>', PHOTO)
    assert (found.html, found.left_out) == ("<p>a[image]b</p>", 2)


def test_titles_of_a_mail_are_no_titles_of_our_page() -> None:
    assert lay_out("<h1>Bonjour</h1><center>x &lt; y &amp; z</center>", {}).html == (
        "<p>Bonjour</p><div>x &lt; y &amp; z</div>"
    )


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("<p>a<script>alert(1)</script>b</p>", "<p>ab</p>"),
        ('<a href="javascript:x()" onclick="x()">a</a>', '<a rel="noopener noreferrer nofollow">a</a>'),
        (
            '<a href="https://ville.example/?a=1&amp;b">a</a>',
            '<a href="https://ville.example/?a=1&amp;b" rel="noopener noreferrer nofollow">a</a>',
        ),
        ("<iframe src=x></iframe><form><input name=a></form><svg onload=x()>b", "b"),
        ('<td colspan="2" style="color:red" class="x" id="y">a', '<td colspan="2">a'),
        ("<p>1 < 2 <b", "<p>1 &lt; 2 &lt;b"),
    ],
)
def test_nothing_that_runs_stands_in_it_whatever_is_stored(written: str, shown: str) -> None:
    assert lay_out(written, {}).html == shown
