"""The names under which AWS clients know the service."""

# The command of the AWS CLI and the argument of boto3's `client`: the name of the model's folder.
SERVICE = "customization-jobs"
SERVICE_ID = "Customization Jobs"
# botocore derives both from the id: the name in a services section, and the variable with the URL.
SERVICE_KEY = "customization_jobs"
ENDPOINT_VARIABLE = "AWS_ENDPOINT_URL_CUSTOMIZATION_JOBS"
# What API Gateway expects in a signature.
SIGNING_NAME = "execute-api"
