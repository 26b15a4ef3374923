// Distances on the globe. Places are kept as unit vectors, so that the packet path compares two of them with three
// multiplications and no trigonometry, and so that neither the poles nor the date line are special.

/** Mean radius of the Earth (IUGG R1). */
const radiusKm = 6371.0088

export interface Vector {
  readonly x: number
  readonly y: number
  readonly z: number
}

/** From degrees. */
export function unitVector(lat: number, lon: number): Vector {
  const phi = (lat * Math.PI) / 180
  const lambda = (lon * Math.PI) / 180
  return { x: Math.cos(phi) * Math.cos(lambda), y: Math.cos(phi) * Math.sin(lambda), z: Math.sin(phi) }
}

/** Degrees back from a unit vector. */
export function latLon(x: number, y: number, z: number): { lat: number; lon: number } {
  return { lat: (Math.atan2(z, Math.hypot(x, y)) * 180) / Math.PI, lon: (Math.atan2(y, x) * 180) / Math.PI }
}

/**
 * The squared length of the straight line between two unit vectors, 0 to 4. It grows with the great-circle distance, so
 * that sorting by it sorts by distance; small distances keep their digits, which a scalar product would lose. Hot.
 */
export function chordSquared(ax: number, ay: number, az: number, bx: number, by: number, bz: number): number {
  const dx = ax - bx
  const dy = ay - by
  const dz = az - bz
  return dx * dx + dy * dy + dz * dz
}

/** The great-circle distance between two unit vectors (haversine). Hot: allocates nothing. */
export function distanceKm(ax: number, ay: number, az: number, bx: number, by: number, bz: number): number {
  const half = Math.sqrt(chordSquared(ax, ay, az, bx, by, bz)) / 2
  return 2 * radiusKm * Math.asin(half > 1 ? 1 : half)
}
