import { request as httpRequest } from 'node:http'

// `globalThis.awslambda` and the streams behind it, as AWS's Node runtime has them: no less, but no more either, so
// that what relies on a real `Writable` fails here as it would there.

const STREAMING = Symbol.for('aws.lambda.runtime.handler.streaming')
const PRELUDE_TYPE = 'application/vnd.awslambda.http-integration-response'
/** Between the prelude and the body. */
const DELIMITER = new Uint8Array(8)

const METHODS = [
  ...['cork', 'destroy', 'end', 'uncork', 'write', 'setContentType'],
  ...['addListener', 'emit', 'eventNames', 'getMaxListeners', 'listenerCount', 'listeners', 'off', 'on', 'once'],
  ...['prependListener', 'prependOnceListener', 'rawListeners', 'removeAllListeners', 'removeListener'],
  'setMaxListeners',
]
const PROPERTIES = [
  ...['destroyed', 'writable', '_onBeforeFirstWrite', 'writableFinished', 'writableObjectMode', 'writableEnded'],
  ...['writableNeedDrain', 'writableHighWaterMark', 'writableCorked', 'writableLength'],
]

export function provideAwslambda() {
  globalThis.awslambda = {
    streamifyResponse: (handler) => Object.assign(handler, { [STREAMING]: 'response' }),
    HttpResponseStream: {
      from: (stream, metadata) => {
        stream.setContentType(PRELUDE_TYPE)
        // So a stream that is ended without a write has no prelude: that is how it is.
        stream._onBeforeFirstWrite = (write) => {
          write(JSON.stringify(metadata))
          write(DELIMITER)
        }
        return stream
      },
    },
  }
}

export function isStreaming(handler) {
  return handler[STREAMING] === 'response'
}

/**
 * Opens the response to one invocation.
 *
 * @returns the handler's end of it, a promise of the moment when all has been taken, and how to break it off
 */
export function openResponse(url, agent) {
  const headers = {
    'Lambda-Runtime-Function-Response-Mode': 'streaming',
    Trailer: ['Lambda-Runtime-Function-Error-Type', 'Lambda-Runtime-Function-Error-Body'],
    'Content-Type': 'application/octet-stream',
  }
  const request = httpRequest(url, { method: 'POST', agent, headers })
  const taken = new Promise((resolve, reject) => {
    request.on('error', reject)
    request.on('response', (response) => response.resume().on('end', resolve).on('error', reject))
  })
  taken.catch(() => {})
  watchFirstWrite(request)
  const fail = (error) => {
    request.addTrailers({
      'Lambda-Runtime-Function-Error-Type': error.errorType,
      'Lambda-Runtime-Function-Error-Body': Buffer.from(JSON.stringify(error)).toString('base64'),
    })
    request.end()
    // Where the handler broke it off by itself, there is nobody left to tell.
    return taken.catch(() => {})
  }
  return { stream: handlersEnd(request), taken, fail }
}

function watchFirstWrite(request) {
  const write = request.write.bind(request)
  let isFirst = true
  request.setContentType = (type) => {
    if (!isFirst) throw new Error('the content type cannot be set after the first write')
    request.setHeader('Content-Type', type)
  }
  request.write = (chunk, ...rest) => {
    const isBytes = typeof chunk === 'string' || Buffer.isBuffer(chunk) || chunk?.constructor === Uint8Array
    if (isFirst) request._onBeforeFirstWrite?.((prelude) => write(prelude))
    isFirst = false
    return write(isBytes ? chunk : JSON.stringify(chunk), ...rest)
  }
}

function handlersEnd(request) {
  const stream = Object.fromEntries(METHODS.map((name) => [name, request[name].bind(request)]))
  for (const name of PROPERTIES) {
    Object.defineProperty(stream, name, {
      get: () => request[name],
      set: (value) => {
        request[name] = value
      },
    })
  }
  return stream
}
