// Calls the service with the JavaScript SDK and prints the result as JSON.
// node list-jobs.mjs <endpoint> page|pages|catch
import {
  BedrockClient,
  ListModelCustomizationJobsCommand,
  ThrottlingException,
  paginateListModelCustomizationJobs,
} from "@aws-sdk/client-bedrock";

const [endpoint, action] = process.argv.slice(2);
const client = new BedrockClient({ endpoint, region: "us-east-1", maxAttempts: 1 });

async function page() {
  const input = { statusEquals: "Failed", maxResults: 3, creationTimeAfter: new Date("2020-01-01T00:00:00Z") };
  const answer = await client.send(new ListModelCustomizationJobsCommand(input));
  return {
    statuses: answer.modelCustomizationJobSummaries.map((job) => job.status),
    datesAreDates: answer.modelCustomizationJobSummaries.every((job) => job.creationTime instanceof Date),
    more: answer.nextToken !== undefined,
  };
}

async function pages() {
  const arns = new Set();
  let count = 0;
  for await (const { modelCustomizationJobSummaries } of paginateListModelCustomizationJobs({ client, pageSize: 60 }, {})) {
    count += 1;
    modelCustomizationJobSummaries.forEach((job) => arns.add(job.jobArn));
  }
  return { pages: count, jobs: arns.size };
}

async function caught() {
  try {
    await client.send(new ListModelCustomizationJobsCommand({}));
    return { caught: false };
  } catch (error) {
    return {
      caught: error instanceof ThrottlingException,
      message: error.message,
      status: error.$metadata.httpStatusCode,
    };
  }
}

console.log(JSON.stringify(await { page, pages, catch: caught }[action]()));
