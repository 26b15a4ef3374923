// A stand-in for a web server behind Meridian: says that it is well at /healthz, and its name everywhere else.

import { createServer } from 'node:http'
import { hostname } from 'node:os'

const server = createServer((request, response) => {
  response.end(request.url === '/healthz' ? 'ok\n' : `${hostname()}\n`)
})
server.listen(8080)
process.once('SIGTERM', () => {
  server.close()
  server.closeAllConnections()
})
