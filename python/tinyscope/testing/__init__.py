"""What tests of firmware need besides pytest: limits with good messages, text for failures."""

from tinyscope.testing.budget import assert_budget

__all__ = ["assert_budget"]
