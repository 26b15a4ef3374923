// GET /: what there is, for people who find the port.

import { type Act, type Route, text } from './route.ts'

export function home(routes: readonly (Route | Act)[]): Route {
  return {
    path: '/',
    about: 'this list',
    parameters: [],
    reply: () => text(`Meridian\n\n${routes.map(({ path, about }) => `${path.padEnd(10)} ${about}`).join('\n')}\n`),
  }
}
