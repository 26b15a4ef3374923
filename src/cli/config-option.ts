// The option that every command has.

import { Option } from 'commander'

export function configOption(): Option {
  return new Option('--config <file>', 'the configuration').default('./meridian.yaml')
}
