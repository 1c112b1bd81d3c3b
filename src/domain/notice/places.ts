/** Where a notice goes: customers by mail, the status page, or wherever a person puts it by hand. Stored. */
export const NOTICE_PLACES = ['customers', 'status-page', 'hand'] as const;
export type NoticePlace = (typeof NOTICE_PLACES)[number];
