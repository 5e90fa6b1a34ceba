/** Lets clients upload bodies to the store directly that are too large for a request to Prism. */
export interface Uploads {
  /**
   * Creates a URL that accepts one object of exactly `byteSize` bytes by HTTP PUT, from any client, until it expires.
   *
   * @param key of the uploaded object
   */
  presignPut(key: string, byteSize: number, expiresS: number): Promise<string>
}
