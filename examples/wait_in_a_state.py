"""A workflow that waits for jobs in one of its own states.

The watch function answers the state's task token. `WatchFunctionArn` is an output of the service's stack.
"""

from aws_cdk import Stack
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from constructs import Construct


class WaitInAState(Stack):
    """Waits for the jobs of a nightly tuning, and fails by name if one of them fails."""

    def __init__(self, scope: Construct, construct_id: str, *, watch_function_arn: str) -> None:
        super().__init__(scope, construct_id)
        watch = lambda_.Function.from_function_attributes(
            self, "Watch", function_arn=watch_function_arn, same_environment=True
        )
        wait = tasks.LambdaInvoke.jsonata(
            self,
            "Wait for the jobs",
            lambda_function=watch,
            integration_pattern=sfn.IntegrationPattern.WAIT_FOR_TASK_TOKEN,
            payload=sfn.TaskInput.from_object(
                {
                    "wait": {
                        "query": {"nameContains": "{% $states.input.name %}"},
                        "failOn": ["Failed"],
                        # A job that was just created may be missing from Bedrock's list.
                        "atLeast": 1,
                        "taskToken": "{% $states.context.Task.Token %}",
                    }
                }
            ),
            task_timeout=sfn.Timeout.jsonata("{% 48 * 3600 %}"),
        )
        wait.add_retry(errors=["ThrottlingException", "WatchUnavailableException"], max_attempts=6)
        wait.add_catch(
            sfn.Fail.jsonata(self, "A job failed", error="TuningFailed"),
            errors=["JobsFailed", "NoSuchJobs", "States.Timeout"],
        )
        self.state_machine = sfn.StateMachine(
            self,
            "Workflow",
            query_language=sfn.QueryLanguage.JSONATA,
            definition_body=sfn.DefinitionBody.from_chainable(
                wait.next(sfn.Succeed.jsonata(self, "The models are ready"))
            ),
        )
