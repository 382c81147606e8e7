import type { DistrictPack, PackMode, Role, Subject } from '@cityloop/contracts';
import { Forbidden } from '@cityloop/kernel';

/** The role in which somebody may propose or approve a mode; refused with `NOT_PERMITTED` without one. */
export function partyOf(
  mode: PackMode,
  act: 'propose' | 'approve',
  subject: Subject,
  pack: DistrictPack,
): Role {
  const party = mode[act];
  const role = party.roles.find((one) => subject.roles.includes(one));
  const district = pack.centres.some(
    ({ id, level }) => id === subject.centreId && level === 'district',
  );
  if (role !== undefined && (party.level === undefined || district)) return role;
  throw new Forbidden(
    'NOT_PERMITTED',
    act === 'propose'
      ? '您的岗位不能提出该模式 / your post may not propose this mode'
      : '您的岗位不能批准、驳回或结束该模式 / your post may not decide on this mode',
    { roles: party.roles },
  );
}

/** Nobody decides for ground they are not responsible for. */
export function refuseOtherGround(
  areas: readonly string[],
  subject: Subject,
  pack: DistrictPack,
): void {
  const wanted = areas.length === 0 ? [pack.district.code] : areas;
  if (subject.area !== '' && wanted.every((code) => code.startsWith(subject.area))) return;
  throw new Forbidden('NOT_PERMITTED', '超出您的管辖范围 / beyond the area you answer for', {
    areas: wanted,
  });
}
