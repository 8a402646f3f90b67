"""A function with several instances, as Lambda runs it: each instance handles one event at a time."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import Any

from benchmarks.contenders import THIS_PROJECT, Testbed
from lambda_runtime.function_process import FunctionError, FunctionProcess


class NoInstanceError(Exception):
    """Every instance is busy: Lambda would answer 429 at the function's concurrency limit."""


class Function:
    """Passes each event to a free instance.

    Parameters
    ----------
    instances : sequence of FunctionProcess
        All of them; there will be no more.
    """

    def __init__(self, instances: Sequence[FunctionProcess]) -> None:
        self._free = list(instances)
        self._threads = ThreadPoolExecutor(len(instances))

    async def invoke(self, event: Any) -> Any:
        """Return the decoded answer to an event.

        Raises
        ------
        NoInstanceError
            No instance is free.
        FunctionError
            The handler raised an exception.
        """
        if not self._free:
            raise NoInstanceError
        # The instance that became free last, as a function uses few of its instances while few are needed.
        instance = self._free.pop()
        try:
            loop = asyncio.get_running_loop()
            return (await loop.run_in_executor(self._threads, instance.invoke, event)).payload
        finally:
            self._free.append(instance)

    async def warm_up(self, event: Any) -> None:
        """Have each instance answer an event, or fail, at the same time."""
        answers = await asyncio.gather(
            *(self.invoke(event) for _ in list(self._free)), return_exceptions=True
        )
        for answer in answers:
            if isinstance(answer, BaseException) and not isinstance(answer, FunctionError):
                raise answer

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown()


@contextmanager
def running(
    testbed: Testbed, endpoint: str, instances: int, variables: Mapping[str, str]
) -> Iterator[Function]:
    """Run instances of this project's function that are ready for events, and end them with the context."""
    with ExitStack() as stack:
        processes = [
            stack.enter_context(testbed.process(THIS_PROJECT, endpoint, variables=variables))
            for _ in range(instances)
        ]
        for process in processes:
            process.wait_until_ready()
        function = Function(processes)
        stack.callback(function.close)
        yield function
