import { runOnce } from './run-once.mjs'

const warmUps = 2

/** Every row once a round, in another order each time, so that what else the machine does falls on all alike: [{ [name]: ms }]. */
export function interleave(rows, count) {
  const rounds = []
  for (let round = -warmUps; round < count; round += 1) {
    const times = {}
    for (const { name, file, args, env } of shuffled(rows)) times[name] = runOnce({ file, args: args(), env })
    if (round >= 0) rounds.push(times)
  }
  return rounds
}

function shuffled(rows) {
  const rest = [...rows]
  return rows.map(() => rest.splice(Math.floor(Math.random() * rest.length), 1)[0])
}
