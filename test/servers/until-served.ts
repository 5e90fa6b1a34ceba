/** Asks until somebody answers, and returns the text of the answer. */
export async function untilServed(url: string): Promise<string> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const response = await fetch(url).catch(() => undefined)
    if (response) return response.text()
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`nobody answers ${url}`)
}
