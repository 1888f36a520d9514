// Lay new columns over the points in place. Nothing is echoed: a source whose data is replaced would
// be sent back to Python, one whose columns change and that says so is only drawn again.
const fresh = Object.fromEntries(Object.entries(cb_obj.data).map(([name, [value]]) => [name, value]));
for (const column of ["x", "y", "code", "kind", "label", "probability"]) {
  if (fresh[column]) points.data[column] = fresh[column];
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
  x_axis.setv({axis_label: fresh.axis_labels[0]}, {sync: false});
  y_axis.setv({axis_label: fresh.axis_labels[1]}, {sync: false});
}
points.change.emit();
centres.change.emit();
