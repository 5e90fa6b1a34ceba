import { request } from 'node:http'

export type AnsweredAsIs = {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly text: string
}

/** Sends a request over plain HTTP. Node's `fetch` decides about `Host` and `Origin` itself. */
export function sendAsIs(
  address: string,
  {
    method,
    path,
    headers,
    body,
  }: { method: string; path: string; headers: Record<string, string>; body?: string | undefined },
): Promise<AnsweredAsIs> {
  return new Promise((resolve, reject) => {
    const sent = request(address + path, { method, headers }, async (response) => {
      let text = ''
      for await (const chunk of response) text += chunk
      resolve({ status: response.statusCode!, headers: response.headers, text })
    })
    sent.on('error', reject)
    sent.end(body)
  })
}
