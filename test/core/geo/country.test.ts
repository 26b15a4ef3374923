// Countries: their numbers, and that the generated table puts them where they are.

import { expect, test } from 'vitest'
import { continentCode, continentNumber, countries, countryCode, countryNumber } from '../../../src/core/geo/country.ts'

test('every code becomes a number of its own and comes back', () => {
  const numbers = [...countries.keys()].map(countryNumber)
  expect(numbers.map(countryCode)).toEqual([...countries.keys()])
  expect(new Set(numbers).size).toBe(252)
})

test.each(['', 'C', 'CAN', 'ca', 'C1', '[A'])('"%s" is no country code', (code) => expect(countryNumber(code)).toBe(0))

test.each([
  ['AF', 1],
  ['AN', 2],
  ['AS', 3],
  ['EU', 4],
  ['NA', 5],
  ['OC', 6],
  ['SA', 7],
  ['', 0],
])('continent %s is number %d', (code, number) => {
  expect(continentNumber(code)).toBe(number)
  expect(continentCode(number)).toBe(code)
})

test('every country has a continent, a name and coordinates on the globe', () => {
  for (const { code, name, continent, lat, lon } of countries.values()) {
    const isWhole = continent > 0 && name !== '' && Math.abs(lat) <= 90 && Math.abs(lon) <= 180
    expect(isWhole ? 'whole' : code).toBe('whole')
  }
})

// South, north, west, east.
test.each([
  ['FR', 'mainland Europe, not the Atlantic', 43, 51, -4, 8],
  ['US', 'the lower 48, not Canada', 30, 45, -110, -85],
  ['NL', 'Europe, not the Caribbean', 51, 54, 4, 7],
  ['NO', 'the mainland, not Svalbard', 58, 71, 5, 31],
  ['PT', 'the mainland, not the Azores', 37, 42, -9.5, -6.5],
  ['FJ', 'beside the date line, not on the other side of the world', -19, -16, 176, 180],
  ['AU', 'the continent', -30, -20, 125, 140],
  ['XK', 'found by its name', 42, 43.3, 20, 22],
  ['TV', 'placed by hand', -11, -5, 176, 180],
])('the centre of %s is in %s', (code, _, south, north, west, east) => {
  const { lat, lon } = countries.get(code)!
  expect(lat).toBeGreaterThan(south)
  expect(lat).toBeLessThan(north)
  expect(lon).toBeGreaterThan(west)
  expect(lon).toBeLessThan(east)
})
