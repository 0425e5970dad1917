"""What tests of firmware need besides pytest: expectations with messages that help."""

from tinyscope.testing.budget import assert_budget
from tinyscope.testing.pins import expect_pin

__all__ = ["assert_budget", "expect_pin"]
