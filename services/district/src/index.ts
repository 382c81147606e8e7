export { districtDoor } from './door.ts';
export { loadCatalogueCsv } from './pack/catalogue-csv.ts';
export { catalogueYaml } from './pack/catalogue-yaml.ts';
export { diffPacks, formatPackDiff, type PackDiff } from './pack/diff.ts';
export { existingPackFolder, packFolder } from './pack/folder.ts';
export { loadPack, withSection } from './pack/load.ts';
export { type Published, publishPack } from './policy/publish.ts';
export { type District, startDistrict } from './service.ts';
