// Great-circle distances between unit vectors.

import { expect, test } from 'vitest'
import { chordSquared, distanceKm, latLon, unitVector } from '../../../src/core/geo/distance.ts'

type Point = readonly [number, number]

function between(measure: typeof distanceKm, from: Point, to: Point): number {
  const a = unitVector(...from)
  const b = unitVector(...to)
  return measure(a.x, a.y, a.z, b.x, b.y, b.z)
}

test.each<[string, Point, Point, number]>([
  ['London to New York', [51.5074, -0.1278], [40.7128, -74.006], 5570],
  ['Sydney to Auckland', [-33.8688, 151.2093], [-36.8485, 174.7633], 2156],
  ['over the date line', [0, 179.5], [0, -179.5], 111],
  ['over the pole', [89, 0], [89, 180], 222],
  ['pole to pole', [90, 0], [-90, 0], 20015],
  ['nowhere at all', [48, 11], [48, 11], 0],
])('%s', (_, from, to, km) => expect(Math.abs(between(distanceKm, from, to) - km)).toBeLessThan(1))

test('a metre is not lost to rounding', () => {
  expect(between(distanceKm, [48, 11], [48.00001, 11])).toBeCloseTo(0.00111, 5)
})

test('chords sort as distances do, where degrees would not', () => {
  const oslo: Point = [59.9, 10.7]
  const east: Point = [59.9, 30.7] // 20 degrees, 1110 km
  const south: Point = [45.9, 10.7] // 14 degrees, 1557 km
  expect(between(chordSquared, oslo, east)).toBeLessThan(between(chordSquared, oslo, south))
})

test.each<Point>([
  [0, 0],
  [51.1, 10.4],
  [-33.9, 151.2],
  [12, -179.9],
])('%d, %d comes back from its vector', (lat, lon) => {
  const { x, y, z } = unitVector(lat, lon)
  const back = latLon(x, y, z)
  expect(back.lat).toBeCloseTo(lat, 9)
  expect(back.lon).toBeCloseTo(lon, 9)
})
