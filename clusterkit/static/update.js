// Lay new columns over the points in place: a source whose data is replaced would be sent back to
// Python, one whose columns change and that says so is only drawn again.
const fresh = Object.fromEntries(Object.entries(cb_obj.data).map(([name, [value]]) => [name, value]));
if (fresh.bytes) {
  const types = {x: Float32Array, y: Float32Array, label: Int32Array, probability: Float32Array,
                 code: Uint8Array, kind: Uint8Array};
  const count = points.data.kind.length;
  let at = fresh.bytes.byteOffset;
  for (const column of fresh.columns) {
    const end = at + count * types[column].BYTES_PER_ELEMENT;
    points.data[column] = new types[column](fresh.bytes.buffer.slice(at, end));
    at = end;
  }
}
if (fresh.cluster_names) legend.data.name = fresh.cluster_names;
if (fresh.centre_x) {
  centres.data.x = fresh.centre_x;
  centres.data.y = fresh.centre_y;
  centres.data.text = fresh.centre_text;
}
if (fresh.palette && fresh.palette.some((colour, i) => colour !== mapper.palette[i])) {
  mapper.setv({palette: fresh.palette}, {sync: false});
}
if (fresh.axis_labels) {
  for (const axis of ["x", "y"]) {
    let low = Infinity, high = -Infinity;
    for (const value of points.data[axis]) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
    corners.data[axis] = low <= high ? [low, high] : [];
  }
  corners.change.emit();
  x_axis.setv({axis_label: fresh.axis_labels[0]}, {sync: false});
  y_axis.setv({axis_label: fresh.axis_labels[1]}, {sync: false});
}
points.change.emit();
centres.change.emit();
