import { readFileSync, mkdirSync } from 'node:fs'
import { buildImage } from './image.ts'
const r='/work/main/'
mkdirSync('/tmp/m-img',{recursive:true})
console.time('build')
const image = buildImage('meridian', readFileSync(r+'docker/Dockerfile','utf8'), { folder: '/tmp/m-img', context: r, ignore: readFileSync(r+'.dockerignore','utf8') })
console.timeEnd('build')
console.log(image)
