import type { Answer, FunctionError } from './invocation.ts'
import { RESPONSE_BYTES_MAX } from './lambda-limits.ts'

/** Waits for a whole answer, like a caller that cannot stream. */
export async function collectAnswer(
  answer: Answer,
): Promise<{ readonly payload: Buffer } | { readonly error: FunctionError }> {
  if (answer.kind !== 'stream') return answer
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of answer.body as AsyncIterable<Buffer>) {
      size += chunk.byteLength
      if (size <= RESPONSE_BYTES_MAX) chunks.push(chunk)
    }
  } catch (error) {
    return { error: { errorType: 'Function.StreamBroken', errorMessage: String(error) } }
  }
  return size <= RESPONSE_BYTES_MAX ? { payload: Buffer.concat(chunks) } : { error: RESPONSE_TOO_LARGE }
}

export const RESPONSE_TOO_LARGE: FunctionError = {
  errorType: 'Function.ResponseSizeTooLarge',
  errorMessage: `Response payload size exceeded maximum allowed payload size (${RESPONSE_BYTES_MAX} bytes).`,
}
