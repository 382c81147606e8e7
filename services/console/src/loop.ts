import type { DistrictPack, Stage } from '@cityloop/contracts';
import type { Policy } from '@cityloop/incident';
import type {
  ArchiveDoor,
  DistrictDoor,
  IntakeDoor,
  NoticeDoor,
  PictureDoor,
  StageDoor,
} from '@cityloop/service';
import type { PolicyHistory } from '@cityloop/stage';

/** Everything behind the gateway, whether it stands in this process or in others. */
export type Loop = IntakeDoor &
  NoticeDoor &
  Pick<ArchiveDoor, 'history'> & {
    readonly stages: Readonly<Record<Stage, StageDoor>>;
    readonly picture: PictureDoor;
    readonly district: DistrictDoor;
    /** Masks telephone and identity numbers in what people wrote. */
    mask(text: string): string;
    /** Throw `Unavailable` until the district has published them. */
    policy(): Policy;
    pack(): DistrictPack;
    policies(): PolicyHistory;
  };
