export const SCHEMA = 'sla';
