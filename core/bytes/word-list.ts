/** A growing list of 32-bit numbers: `words[0, count)`. */
export class WordList {
  words = new Uint32Array(16)
  count = 0

  push(word: number): void {
    if (this.count === this.words.length) {
      const grown = new Uint32Array(this.count * 2)
      grown.set(this.words)
      this.words = grown
    }
    this.words[this.count++] = word
  }
}
