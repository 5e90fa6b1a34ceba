/** List prices of requests, in dollars each. Prices of storage and traffic are not included. */
export type Prices = {
  /** Reading an object or a part of it. */
  readonly objectGet: number
  /** Writing an object, one part of it, or starting and completing an upload in parts. */
  readonly objectPut: number
  /** Listing up to 1,000 objects. */
  readonly objectList: number
  /** A DynamoDB read unit: 4 KB read consistently, or 8 KB eventually. */
  readonly rowReadUnit: number
  /** A DynamoDB write unit: 1 KB written. */
  readonly rowWriteUnit: number
}

/** Prices of running a Lambda function, in dollars. */
export type FunctionPrices = {
  readonly invocation: number
  /** A second of one gigabyte (2^30 bytes) of memory. */
  readonly gigabyteSecond: number
  /** A request through a gateway, up to 512 KB. */
  readonly gatewayRequest: number
}

/** Folders, memory and LMDB cost nothing. */
export const FREE: Prices = { objectGet: 0, objectPut: 0, objectList: 0, rowReadUnit: 0, rowWriteUnit: 0 }

/**
 * AWS, region us-east-1, before any discount or free tier.
 *
 * Sources: S3 Standard, https://aws.amazon.com/s3/pricing/ (GET $0.0004, PUT
 * and LIST $0.005 a thousand). DynamoDB on demand, standard table class,
 * https://aws.amazon.com/dynamodb/pricing/on-demand/ (reads $0.125, writes
 * $0.625 a million, in force since 2024-11-01). Both as known in 2025-01.
 * Deleting objects is free.
 */
export const AWS_US_EAST_1: Prices = {
  objectGet: 0.0004 / 1_000,
  objectPut: 0.005 / 1_000,
  objectList: 0.005 / 1_000,
  rowReadUnit: 0.125 / 1_000_000,
  rowWriteUnit: 0.625 / 1_000_000,
}

/**
 * AWS, region us-east-1, arm64, first tier, before any discount or free tier.
 *
 * Sources: Lambda, https://aws.amazon.com/lambda/pricing/ ($0.20 a million
 * requests, $0.0000133334 a gigabyte-second). HTTP APIs of API Gateway,
 * https://aws.amazon.com/api-gateway/pricing/ ($1.00 a million). Both as known in 2025-01.
 */
export const LAMBDA_US_EAST_1: FunctionPrices = {
  invocation: 0.2 / 1_000_000,
  gigabyteSecond: 0.000_013_333_4,
  gatewayRequest: 1 / 1_000_000,
}
