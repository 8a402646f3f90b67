#!/bin/sh
# Writes last week's failures as CSV, and waits for jobs, with curl 7.76 or later and awk.
#
# For the local run (`make run`), which checks no signature:
#
#   export AWS_ENDPOINT_URL_CUSTOMIZATION_JOBS=http://127.0.0.1:8080 AWS_REGION=us-east-1
#   export AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local
#   examples/curl.sh > failures.csv
#   examples/curl.sh support-tone  # waits until no job with this in its name is in progress
#
# For the deployed API, the endpoint is the stack's output `ApiUrl`. Version 2 of the AWS CLI exports your credentials:
# eval "$(aws configure export-credentials --format env)"
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# Gets a URL as CSV into the files `body` and `headers`. Credentials are passed through standard input, because
# every user of the machine can read the arguments of a process.
get() {
    {
        printf 'user = "%s:%s"\n' "$AWS_ACCESS_KEY_ID" "$AWS_SECRET_ACCESS_KEY"
        if [ -n "${AWS_SESSION_TOKEN:-}" ]; then
            printf 'header = "x-amz-security-token: %s"\n' "$AWS_SESSION_TOKEN"
        fi
    } | curl --config - --silent --show-error --fail-with-body --aws-sigv4 "aws:amz:$AWS_REGION:execute-api" \
        --header "Accept: text/csv" --dump-header "$folder/headers" --output "$folder/body" "$1" || {
        cat "$folder/body" >&2 # the error as JSON
        exit 1
    }
}

api=${AWS_ENDPOINT_URL_CUSTOMIZATION_JOBS%/}

if [ $# -gt 0 ]; then
    while
        get "$api/overview?fields=byStatus&nameContains=$1"
        # Rows such as `byStatus,InProgress,3`, and `complete,,false` if not all jobs could be read in time.
        ! awk -F '[,\r]' '
            $2 == "InProgress" || $2 == "Stopping" { left += $3 }
            $1 == "complete" && $3 == "false" { left++ }
            END { exit left > 0 }' "$folder/body"
    do
        sleep 60
    done
    cat "$folder/body"
    exit
fi

# Signatures are of the parameters in alphabetical order, into which older versions of curl do not put them.
query="creationTimeAfter=-7d&fields=jobName,endTime,baseModelArn&maxResults=${PAGE_SIZE:-100}"
selection="where.status=Failed"
get "$api/model-customization-jobs?$query&$selection"
cat "$folder/body"
# Rows have no room for the token of the next page. The header `Link` has it, encoded.
while
    token=$(sed -n 's/^[Ll]ink: .*[?&]nextToken=\([^&>]*\).*/\1/p' "$folder/headers")
    [ -n "$token" ]
do
    get "$api/model-customization-jobs?$query&nextToken=$token&$selection"
    tail -n +2 "$folder/body" # without the header row
done
