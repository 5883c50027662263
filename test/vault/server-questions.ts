import type { Question } from './token-questions.ts'

const lookup = 'auth/token/lookup-self'

export const serverQuestions: Readonly<Record<string, Question>> = {
  'its health and seal, without a token': async (server) => [
    await server.request('GET', 'sys/health'),
    await server.request('HEAD', 'sys/health'),
    await server.request('GET', 'sys/health?activecode=299'),
    await server.request('GET', 'sys/seal-status'),
    await server.request('GET', 'sys/leader'),
    await server.request('GET', 'sys/init'),
    await server.request('GET', 'sys/health', undefined, 'hvs.nonsense'),
  ],
  'methods that are not for these': async (server) => [
    await server.request('POST', 'sys/health', {}),
    await server.request('PUT', 'sys/leader', {}),
    await server.request('DELETE', 'sys/seal-status'),
    await server.request('GET', 'sys/unseal'),
    await server.request('GET', 'sys/seal', undefined, server.rootToken),
    await server.request('PUT', 'sys/unseal', {}),
  ],
  'paths that do not exist': async (server) => [
    await server.request('GET', 'nopki/roles/web', undefined, server.rootToken),
    await server.request('POST', 'nopki/sign/web', {}, server.rootToken),
    await server.request('GET', 'nopki/roles/web', undefined, (await server.createToken()).token),
    await server.request('GET', 'sys/nope', undefined, server.rootToken),
    await server.request('GET', 'sys/nope', undefined, (await server.createToken()).token),
    await server.request('GET', '', undefined, server.rootToken),
    await server.request('GET', ''),
  ],
  'what a mount allows at most': async (server) => {
    const mount = 'sys/internal/ui/mounts/auth/token/create'
    const tokens = [
      (await server.createToken()).token,
      (await server.createToken({ numUses: 1 })).token,
      (await server.createToken({ policies: ['nothing'], noDefaultPolicy: true })).token,
      server.rootToken,
      'hvs.nonsense',
      undefined,
    ]
    const replies = []
    for (const token of tokens) replies.push(await server.request('GET', mount, undefined, token))
    // It cost no use.
    replies.push(await server.request('GET', lookup, undefined, tokens[1]))
    for (const path of ['sys/internal/ui/mounts/auth/token', 'sys/internal/ui/mounts/auth/toke']) {
      replies.push(await server.request('GET', path, undefined, tokens[0]))
    }
    replies.push(await server.request('POST', mount, {}, tokens[0]))
    return replies
  },
  'a body that is no JSON comes before the token': async (server) => [
    await server.request('POST', 'auth/token/renew-self', 'x'),
    await server.request('POST', 'pki/sign/web', '[1]', 'hvs.nonsense'),
  ],
  'sealing without being allowed to': async (server) => [
    await server.request('PUT', 'sys/seal', undefined, (await server.createToken()).token),
    await server.request('PUT', 'sys/seal'),
  ],
  'a sealed server, and what is left after it': async (server) => {
    const { token } = await server.createToken({ ttl: '60s' })
    await server.seal()
    const sealed = [
      await server.request('GET', 'sys/health'),
      await server.request('GET', 'sys/health?sealedcode=299'),
      await server.request('GET', 'sys/seal-status'),
      await server.request('GET', 'sys/leader'),
      await server.request('GET', lookup, undefined, token),
      await server.request('POST', 'auth/token/renew-self', {}, token),
      await server.request('GET', lookup),
      await server.request('GET', 'pki/ca/pem'),
      await server.request('GET', 'nopki/x', undefined, token),
      await server.request('POST', 'pki/sign/web', {}, token),
    ]
    await server.unseal()
    return [...sealed, await server.request('GET', lookup, undefined, token)]
  },
}
