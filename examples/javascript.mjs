// Lists last week's failures, and prints totals, with the JavaScript SDK's client of Bedrock.
//
// npm install @aws-sdk/client-bedrock @smithy/signature-v4 @smithy/core
//
// For the local run (`make run`), which checks no signature:
//
//   export AWS_ENDPOINT_URL_CUSTOMIZATION_JOBS=http://127.0.0.1:8080 AWS_REGION=us-east-1
//   export AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local
//   node examples/javascript.mjs
//
// For the deployed API, the endpoint is the stack's output `ApiUrl`, and the credentials are your own.
import { BedrockClient, ThrottlingException, paginateListModelCustomizationJobs } from "@aws-sdk/client-bedrock";
import { Sha256 } from "@smithy/core/checksum";
import { SignatureV4 } from "@smithy/signature-v4";

// The output `ApiUrl` ends with a slash, which the SDK would double.
const endpoint = process.env.AWS_ENDPOINT_URL_CUSTOMIZATION_JOBS.replace(/\/$/, "");
const region = process.env.AWS_REGION;
const service = "execute-api";

// Without `signingName`, the client signs for `bedrock`, which API Gateway refuses.
const client = new BedrockClient({ endpoint, region, signingName: service });

// What the SDK has an input for: Bedrock's own list, page by page.
async function listFailures() {
  const lastWeek = new Date(Date.now() - 7 * 24 * 3600 * 1000);
  const pages = paginateListModelCustomizationJobs(
    { client, pageSize: 20 },
    { statusEquals: "Failed", creationTimeAfter: lastWeek },
  );
  for await (const { modelCustomizationJobSummaries } of pages) {
    for (const job of modelCustomizationJobSummaries) {
      console.log(`${job.jobName}\t${job.endTime.toISOString()}`);
    }
  }
}

// What it has none for, such as filters and other routes: a request that is signed in the same way.
async function get(path, query) {
  const url = new URL(`${endpoint}${path}`);
  const signer = new SignatureV4({ service, region, credentials: client.config.credentials, sha256: Sha256 });
  const { method, headers } = await signer.sign({
    method: "GET",
    protocol: url.protocol,
    hostname: url.hostname,
    path: url.pathname,
    query,
    headers: { host: url.host },
  });
  url.search = new URLSearchParams(query).toString();
  const response = await fetch(url, { method, headers });
  const body = await response.json();
  if (!response.ok) {
    // A problem document (RFC 9457); the title is the name of the error.
    throw new Error(`${body.title ?? response.status}: ${body.message}`);
  }
  return body;
}

try {
  await listFailures();
  const { byStatus } = await get("/overview", { "where.customizationType": "FINE_TUNING", creationTimeAfter: "-7d" });
  console.log("Fine-tuning of the last week:", JSON.stringify(byStatus));
} catch (error) {
  console.error(error instanceof ThrottlingException ? `Throttled, try again later: ${error.message}` : `${error}`);
  process.exitCode = 1;
}
