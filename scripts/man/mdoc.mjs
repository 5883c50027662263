const widest = 76

/** The lines of a page, in the mdoc language of mandoc and groff. */
export class Mdoc {
  #lines = []

  macro(name, ...words) {
    this.#lines.push(['.' + name, ...words].join(' '))
    return this
  }

  /** Running text: a sentence starts on a line of its own, as the language wants it. */
  text(text) {
    this.#lines.push(...sentences(escaped(text)).flatMap(wrapped).map(guarded))
    return this
  }

  paragraph(text) {
    return this.macro('Pp').text(text)
  }

  /** Lines to be typed or read as they are. */
  literal(lines) {
    this.macro('Bd', '-literal', '-offset indent')
    this.#lines.push(...lines.map((line) => guarded(exact(line))))
    return this.macro('Ed')
  }

  /** A list of terms; each entry is the words of its `.It` and what fills its body. */
  terms(entries) {
    this.macro('Bl', '-tag', '-width Ds')
    for (const { term, body } of entries) {
      this.macro('It', ...term)
      body(this)
    }
    return this.macro('El')
  }

  /** Another page of certctl. Not `.Xr`: the linter takes that for an error while the page is not installed. */
  reference(name, ...punctuation) {
    return this.macro('Sy', name, 'Ns', '(1)', ...punctuation)
  }

  toString() {
    return `${this.#lines.join('\n')}\n`
  }
}

/** One word of a macro line that stands for itself, whatever macro is called like it. */
export function word(text) {
  const safe = escaped(text).replaceAll('"', '\\(dq')
  return /^[A-Z%][a-z\d]{1,2}$/.test(safe) ? `\\&${safe}` : safe
}

export function words(text) {
  return text.split(' ').map(word).join(' ')
}

/** A description as a sentence: flags and variables are described in lower case without a full stop. */
export function sentence(text) {
  return `${text[0].toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`
}

function escaped(text) {
  return text
    .replaceAll('\\', '\\e')
    .replace(/(?<=^|[\s(])--?(?:[a-z]+(?:-[a-z]+)*)?(?=[\s:,;.)]|$)/g, (flag) => flag.replaceAll('-', '\\-'))
    .replaceAll('~', '\\(ti')
}

function exact(text) {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll("'", '\\(aq')
    .replaceAll('`', '\\(ga')
    .replaceAll('~', '\\(ti')
}

function sentences(text) {
  return text.split(/(?<=[.!?]) (?=\S)/)
}

function wrapped(text) {
  const lines = ['']
  for (const part of text.split(' ')) {
    const last = lines.at(-1)
    if (last === '') lines[lines.length - 1] = part
    else if (last.length + 1 + part.length > widest) lines.push(part)
    else lines[lines.length - 1] = `${last} ${part}`
  }
  return lines
}

function guarded(line) {
  return /^[.']/.test(line) ? `\\&${line}` : line
}
