/** Most characters of a caller's text that a message repeats. */
export const QUOTED_CHARACTERS_MAX = 200

/** Formats a text for messages: in double quotes, cut to {@link QUOTED_CHARACTERS_MAX} characters. */
export function quote(text: string): string {
  return JSON.stringify(text.length > QUOTED_CHARACTERS_MAX ? `${text.slice(0, QUOTED_CHARACTERS_MAX - 1)}…` : text)
}
