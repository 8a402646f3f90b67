#!/bin/sh
# Lists last week's failures, explains the latest one, and waits for jobs, with the AWS CLI.
#
# Install the client once with `make client`. Then, for the local run (`make run`):
#
#   export AWS_ENDPOINT_URL_CUSTOMIZATION_JOBS=http://127.0.0.1:8080 AWS_DEFAULT_REGION=us-east-1
#   export AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local
#   examples/aws_cli.sh               # failures
#   examples/aws_cli.sh support-tone  # waits until no job with this in its name is in progress
#
# For the deployed API, the endpoint is the stack's output `ApiUrl`, and the credentials are your own.
set -eu

if [ $# -gt 0 ]; then
    # Polls every minute. It also ends if there is no such job.
    aws customization-jobs wait jobs-ended --name-contains "$1"
    aws customization-jobs list-model-customization-jobs --name-contains "$1" \
        --query "modelCustomizationJobSummaries[].[status,jobName]" --output text
    exit
fi

echo "Failures of the last week:"
# The AWS CLI follows the pages.
aws customization-jobs list-model-customization-jobs --where-status Failed --creation-time-after=-7d \
    --query "modelCustomizationJobSummaries[].[jobName,endTime]" --output text

latest=$(aws customization-jobs list-model-customization-jobs --where-status Failed --max-results 1 \
    --query "modelCustomizationJobSummaries[].jobName" --output text)
echo "Why $latest failed:"
# Prints None if the job failed before the watch was deployed, because no reason is recorded then. An unknown
# job ends the command with an error by its name: ResourceNotFoundException.
aws customization-jobs get-model-customization-job-timeline --job-identifier "$latest" \
    --query "transitions[?kind=='Failed'].details.failure | [0].[category,remedy]" --output text
