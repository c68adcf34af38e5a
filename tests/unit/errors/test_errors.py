"""The tree of errors: its shape, what each error tells, and that it survives a pickle."""

import pickle

import pytest

from znp_panel_sync import errors
from znp_panel_sync.errors import (
    AnswerTooLargeError,
    BadRequestError,
    ConfigurationError,
    ConflictError,
    ForbiddenError,
    KernelError,
    KernelFaultError,
    KernelResponseError,
    KernelTimeoutError,
    KernelUnreachableError,
    KernelUsageError,
    NotFoundError,
    RateLimitedError,
    UnauthorizedError,
    UndecodableAnswerError,
    ZnpError,
    response_error_type,
)

KERNEL = "http://kernel.example:8080/api"

SAMPLES = [
    ZnpError("something"),
    ConfigurationError("endpoint", "is missing"),
    KernelError("something", kernel=KERNEL),
    KernelUnreachableError("refused", reason="refused", kernel=KERNEL, operation="get_status"),
    KernelTimeoutError("late", kernel=KERNEL, operation="get_status"),
    UndecodableAnswerError("no JSON", kernel=KERNEL, operation="get_status"),
    AnswerTooLargeError(limit=10, kernel=KERNEL, operation="get_status"),
    KernelUsageError("closed", kernel=KERNEL),
    *(
        response_error_type(status)(
            status, kernel=KERNEL, operation="get_user", code="c", message="m", body="b", retry_after=1.5
        )
        for status in (400, 401, 403, 404, 409, 418, 422, 429, 500, 503)
    ),
]


@pytest.mark.parametrize("error", SAMPLES, ids=lambda error: type(error).__name__)
def test_an_error_survives_a_pickle_with_all_that_it_tells(error: ZnpError) -> None:
    error.add_note("seen in a worker")
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert str(again) == str(error)
    assert vars(again) == vars(error)
    assert again.retryable is error.retryable


def test_the_samples_above_are_all_classes_of_the_tree() -> None:
    classes = {value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, ZnpError)}
    assert classes == {type(error) for error in SAMPLES}


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (302, KernelResponseError),
        (400, BadRequestError),
        (401, UnauthorizedError),
        (403, ForbiddenError),
        (404, NotFoundError),
        (409, ConflictError),
        (418, KernelResponseError),
        (422, BadRequestError),
        (429, RateLimitedError),
        (499, KernelResponseError),
        (500, KernelFaultError),
        (520, KernelFaultError),
        (599, KernelFaultError),
        (600, KernelResponseError),
    ],
)
def test_a_status_has_its_class(status: int, kind: type[KernelResponseError]) -> None:
    assert response_error_type(status) is kind


@pytest.mark.parametrize(
    ("error", "retryable"),
    [
        (ConfigurationError("endpoint", "is missing"), False),
        (KernelUnreachableError("", reason="refused", kernel=KERNEL), True),
        (KernelUnreachableError("", reason="dns", kernel=KERNEL), True),
        (KernelUnreachableError("", reason="tls", kernel=KERNEL), False),
        (KernelTimeoutError("", kernel=KERNEL), True),
        (UndecodableAnswerError("", kernel=KERNEL), False),
        (AnswerTooLargeError(limit=1, kernel=KERNEL), False),
        (KernelUsageError("", kernel=KERNEL), False),
        *((KernelResponseError(status, kernel=KERNEL), True) for status in (408, 429, 500, 502, 503, 504)),
        *((KernelResponseError(status, kernel=KERNEL), False) for status in (302, 400, 401, 403, 404, 409, 501, 505)),
    ],
)
def test_an_error_tells_whether_a_retry_can_help(error: ZnpError, retryable: bool) -> None:
    assert error.retryable is retryable


def test_a_configuration_error_names_field_and_problem_and_is_a_value_error() -> None:
    error = ConfigurationError("Kernel.StatusPollBackoff.Jitter", "must be a number")
    assert isinstance(error, ValueError)
    assert (error.field, error.problem) == ("Kernel.StatusPollBackoff.Jitter", "must be a number")
    assert str(error) == "Kernel.StatusPollBackoff.Jitter: must be a number"


def test_a_kernel_error_names_operation_and_kernel() -> None:
    assert str(KernelTimeoutError("late", kernel=KERNEL, operation="get_status")) == f"late (get_status at {KERNEL})"
    assert str(KernelUsageError("closed", kernel=KERNEL)) == f"closed ({KERNEL})"


@pytest.mark.parametrize(
    ("status", "message", "body", "line"),
    [
        (401, "who are you?", '{"message": …}', "kernel control: 401 Unauthorized: who are you?"),
        (502, "", "<html>bad</html>", "kernel control: 502 Bad Gateway: <html>bad</html>"),
        (404, "", "", "kernel control: 404 Not Found"),
        (499, "", "", "kernel control: 499"),
        (520, "odd", "", "kernel control: 520: odd"),
        (400, "two\r\nlines\tand \x1b[31mred", "", "kernel control: 400 Bad Request: two lines and �[31mred"),
    ],
)
def test_a_response_error_is_one_line_with_the_status_and_what_was_said(
    status: int, message: str, body: str, line: str
) -> None:
    error = KernelResponseError(status, kernel=KERNEL, operation="get_user", message=message, body=body)
    assert str(error) == f"{line} (get_user at {KERNEL})"


def test_a_response_error_keeps_the_first_1024_characters_of_the_body() -> None:
    error = KernelResponseError(500, kernel=KERNEL, body="é" * 5000)
    assert error.body == "é" * 1024
    assert len(str(error)) < 1200
