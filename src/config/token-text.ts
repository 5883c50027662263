import { ConfigError } from '../core/errors.ts'
import { Secret } from '../core/secret.ts'

/** The token, when it is one that can be sent in a header. Throws ConfigError naming the source, never the token. */
export function checkToken(text: string, source: string, hint: string): Secret {
  if (/^[\x21-\x7e]+$/.test(text)) return new Secret(text)
  throw new ConfigError(`the token in ${source} contains white space or a character that can't be printed`, {
    code: 'malformed-token',
    hint,
    facts: { source },
  })
}
