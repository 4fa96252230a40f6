-- What the column has always held.
ALTER TABLE ticket_events ${on_cluster} COMMENT COLUMN event_type 'The whole CloudEvents type, with its version: deskpulse.ticket.opened.v1, deskpulse.order.placed.v1, ..';
