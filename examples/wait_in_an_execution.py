"""A workflow that runs the wait-for-jobs state machine as one of its steps.

The state machine adds a poll in case the watch is silent. `WaitForJobsArn` is an output of the service's
stack.
"""

from aws_cdk import Stack
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from constructs import Construct


class WaitInAnExecution(Stack):
    """Waits for the jobs of a nightly tuning, and passes on how many completed."""

    def __init__(self, scope: Construct, construct_id: str, *, wait_for_jobs_arn: str) -> None:
        super().__init__(scope, construct_id)
        wait_for_jobs = sfn.StateMachine.from_state_machine_arn(self, "WaitForJobs", wait_for_jobs_arn)
        wait = tasks.StepFunctionsStartExecution.jsonata(
            self,
            "Wait for the jobs",
            state_machine=wait_for_jobs,
            # startExecution.sync:2: the step ends with the execution, and has its output as JSON.
            integration_pattern=sfn.IntegrationPattern.RUN_JOB,
            input=sfn.TaskInput.from_object(
                {
                    "query": {"nameContains": "{% $states.input.name %}"},
                    "failOn": ["Failed"],
                    "atLeast": 1,
                    "timeoutSeconds": 48 * 3600,
                }
            ),
            outputs={"completed": "{% $states.result.Output.counts.Completed %}"},
        )
        # The step fails with States.TaskFailed. The name of the error, such as JobsFailed, is in the cause.
        wait.add_catch(
            sfn.Fail.jsonata(
                self,
                "A job failed",
                error="{% $states.input.Error %}",
                cause="{% $states.input.Cause %}",
            ),
            errors=["States.TaskFailed"],
            outputs="{% $parse($states.errorOutput.Cause) %}",
        )
        self.state_machine = sfn.StateMachine(
            self,
            "Workflow",
            query_language=sfn.QueryLanguage.JSONATA,
            definition_body=sfn.DefinitionBody.from_chainable(
                wait.next(sfn.Succeed.jsonata(self, "The models are ready"))
            ),
        )
