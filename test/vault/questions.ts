import type { RealVault } from '../support/real-vault.ts'

/** When a certificate was revoked, in seconds since the epoch; 0 while it is not. */
export async function revokedAt(server: RealVault, mount: string, serial: string): Promise<number> {
  const { json } = await server.request('GET', `${mount}/cert/${serial}`)
  return Number(json?.data?.revocation_time)
}

/** What was asked, by the log of requests: `POST /v1/pki/sign/web`. */
export function requestsIn(stderr: string): readonly string[] {
  const lines = stderr.split('\n').filter((line) => line.includes('"http request"'))
  return lines
    .map((line) => JSON.parse(line) as { method: string; path: string })
    .map(({ method, path }) => `${method} ${path}`)
}
