"""What somebody does on a page, counted: journeys say how few actions a task takes."""

from dataclasses import dataclass, field

from playwright.sync_api import Page

from tests.services.browser import check


@dataclass
class Hand:
    """The hand of somebody on a page: each click, each field filled in and each choice in a list is an action."""

    page: Page
    actions: list[str] = field(default_factory=list)

    def follow(self, role: str, name: str, *, exact: bool = False) -> None:
        """Click on what opens another page, which must be accessible."""
        self.actions.append(name)
        with self.page.expect_event("load"):
            self.page.get_by_role(role, name=name, exact=exact).first.click()  # type: ignore[arg-type]
        check(self.page)

    def tick(self, name: str) -> None:
        """Tick a box, or the first of several of this name."""
        self.actions.append(name)
        self.page.locator("main").get_by_label(name).first.check()

    def write(self, label: str, text: str) -> None:
        """Fill in a field, or the first of several of this name."""
        self.actions.append(label)
        self.page.get_by_label(label, exact=True).first.fill(text)

    def choose(self, label: str, option: str) -> None:
        """Choose in a list, by the words of the option."""
        self.actions.append(label)
        self.page.get_by_label(label, exact=True).first.select_option(label=option)

    def press(self, role: str, name: str) -> None:
        """Click on what opens another page, without looking at how accessible it is: that was done before."""
        self.actions.append(name)
        with self.page.expect_event("load"):
            self.page.get_by_role(role, name=name).first.click()  # type: ignore[arg-type]
