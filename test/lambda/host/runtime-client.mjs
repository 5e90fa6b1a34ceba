import { Agent, request as httpRequest } from 'node:http'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { inspect, types } from 'node:util'
import { isStreaming, openResponse, provideAwslambda } from './response-stream.mjs'

// What AWS's Node runtime does between a bundle and the Lambda service, for handlers that are async: started by plain
// Node in the environment that Lambda gives a function, and with nothing else at hand.

const API = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime`
const agent = new Agent({ keepAlive: true })

/** Of the invocation under way. */
let requestId

process.on('uncaughtException', (error) => void give(describe(error), 129))
process.on('unhandledRejection', (reason) => {
  const { errorMessage, trace } = describe(reason)
  void give({ errorType: 'Runtime.UnhandledPromiseRejection', errorMessage, trace }, 128)
})

provideAwslambda()
const handler = await loadHandler().catch((error) => give(describe(error), 1))
while (true) {
  const { headers, body } = await ask('GET', '/invocation/next')
  requestId = headers['lambda-runtime-aws-request-id']
  const serve = isStreaming(handler) ? serveStreaming : serveBuffered
  await serve(JSON.parse(body), contextOf(headers))
}

async function loadHandler() {
  const [file, name] = process.env._HANDLER.split('.')
  const { [name]: found } = await import(pathToFileURL(join(process.env.LAMBDA_TASK_ROOT, `${file}.mjs`)))
  if (typeof found === 'function') return found
  throw named('Runtime.HandlerNotFound', `${process.env._HANDLER} is undefined or not exported`)
}

function contextOf(headers) {
  const deadline = Number(headers['lambda-runtime-deadline-ms'])
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: '$LATEST',
    invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    awsRequestId: requestId,
    getRemainingTimeInMillis: () => deadline - Date.now(),
  }
}

async function serveBuffered(event, context) {
  try {
    const result = await unlessNodeEnds(handler(event, context))
    // What is too large is refused, and the invocation with it: that is no reason to stop here.
    await ask('POST', `/invocation/${requestId}/response`, JSON.stringify(result ?? null))
  } catch (error) {
    log('Invoke Error', error)
    await ask('POST', `/invocation/${requestId}/error`, JSON.stringify(describe(error)))
  }
}

async function serveStreaming(event, context) {
  const { stream, taken, fail } = openResponse(`${API}/invocation/${requestId}/response`, agent)
  try {
    await handler(event, stream, context)
    await taken
  } catch (error) {
    log('Invoke Error', error)
    await fail(describe(error))
  }
  // Whatever a handler leaves running delays the next invocation, until the time is up.
  if (context.callbackWaitsForEmptyEventLoop) await new Promise((resolve) => process.once('beforeExit', resolve))
}

/** A promise that nothing can settle any more lets Node end: AWS says so. */
function unlessNodeEnds(promise) {
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(named('Runtime.NodeJsExit', 'nothing is left that could settle the promise'))
    process.once('beforeExit', giveUp)
    Promise.resolve(promise)
      .finally(() => process.off('beforeExit', giveUp))
      .then(resolve, reject)
  })
}

/** Reports what ends this process, to whom it concerns, and ends it. */
async function give(error, status) {
  log('Runtime Error', error)
  const place = requestId === undefined ? '/init/error' : `/invocation/${requestId}/error`
  await ask('POST', place, JSON.stringify(error)).catch(() => {})
  process.exit(status)
}

function log(what, error) {
  process.stderr.write(`${what} ${inspect(error)}\n`)
}

function named(name, message) {
  return Object.assign(new Error(message), { name })
}

function describe(error) {
  if (!types.isNativeError(error)) return { errorType: typeof error, errorMessage: String(error), trace: [] }
  return { errorType: error.name, errorMessage: error.message, trace: error.stack?.split('\n') ?? [] }
}

function ask(method, path, body) {
  const headers =
    body === undefined ? {} : { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) }
  return new Promise((resolve, reject) => {
    const request = httpRequest(API + path, { method, agent, headers }, async (response) => {
      let text = ''
      response.setEncoding('utf8')
      try {
        for await (const chunk of response) text += chunk
        resolve({ headers: response.headers, body: text })
      } catch (error) {
        reject(error)
      }
    })
    request.on('error', reject)
    request.end(body)
  })
}
