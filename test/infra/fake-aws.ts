type Values = Readonly<Record<string, unknown>>

const REGION = 'eu-central-1'
const ACCOUNT = '123456789012'
const PLACE = `${REGION}:${ACCOUNT}`

/** The DNS record that proves ownership of a certificate's domain. */
const PROOF_OF_DOMAIN = {
  resourceRecordName: '_proof',
  resourceRecordType: 'CNAME',
  resourceRecordValue: 'acm.example',
}

/**
 * The attributes that AWS would give a created resource, as far as other resources refer to them.
 *
 * Names and ARNs are logical names such as `Leaf0Function`, so references between resources are readable.
 */
export function describeResource(type: string, name: string, inputs: Values): Values {
  return { ...inputs, name, ...ownOutputs(type, name) }
}

function ownOutputs(type: string, name: string): Values {
  switch (type) {
    case 'aws:s3/bucket:Bucket':
      return { bucket: name, arn: `arn:aws:s3:::${name}` }
    case 'aws:dynamodb/table:Table':
      return { arn: `arn:aws:dynamodb:${PLACE}:table/${name}` }
    case 'aws:lambda/function:Function':
      return { arn: `arn:aws:lambda:${PLACE}:function:${name}` }
    case 'aws:lambda/functionUrl:FunctionUrl':
      return { functionUrl: `https://${name}.lambda-url.example/` }
    case 'aws:apigatewayv2/api:Api':
      return {
        apiEndpoint: `https://${name}.execute-api.example`,
        executionArn: `arn:aws:execute-api:${PLACE}:${name}`,
      }
    case 'aws:acm/certificate:Certificate':
      return { arn: `arn:aws:acm:${PLACE}:certificate/${name}`, domainValidationOptions: [PROOF_OF_DOMAIN] }
    case 'aws:apigatewayv2/domainName:DomainName':
      return { domainNameConfiguration: { targetDomainName: `${name}.execute-api.example`, hostedZoneId: 'zone' } }
    default:
      return { arn: `arn:aws:any:${PLACE}:${name}` }
  }
}

/**
 * Answers the calls to AWS that a program makes during planning.
 *
 * @throws for unknown calls, because an invented answer would look like an answer of AWS
 */
export function answerQuestion(question: string, inputs: Values): Values {
  switch (question) {
    case 'aws:index/getPartition:getPartition':
      return { partition: 'aws' }
    case 'aws:index/getRegion:getRegion':
      return { region: REGION }
    case 'aws:index/getCallerIdentity:getCallerIdentity':
      return { accountId: ACCOUNT }
    case 'aws:iam/getPolicyDocument:getPolicyDocument':
      return { ...inputs, json: policyDocument(inputs.statements as readonly StatementInputs[]) }
    default: {
      // Pulumi shows the details of an error and drops its message.
      const details = `the fake of AWS has no answer to ${question}`
      throw Object.assign(new Error(details), { details })
    }
  }
}

type StatementInputs = {
  readonly effect?: string
  readonly actions: readonly string[]
  readonly resources: readonly string[]
  readonly principals?: unknown
  readonly conditions?: unknown
}

function policyDocument(statements: readonly StatementInputs[]): string {
  const Statement = statements.map(({ effect = 'Allow', actions, resources, principals, conditions }) => ({
    Effect: effect,
    Action: actions,
    Resource: resources,
    Principal: principals,
    Condition: conditions,
  }))
  return JSON.stringify({ Version: '2012-10-17', Statement })
}
