//! Pictures and traces as text: the graph for Graphviz and as SVG, a build's time as SVG and as a
//! Chrome trace. Each is a function of plain data.

pub(crate) mod dot;
pub(crate) mod file;
pub(crate) mod graph_svg;
pub(crate) mod layers;
pub(crate) mod nodes;
pub(crate) mod place;
pub(crate) mod profile_svg;
pub(crate) mod svg;
pub(crate) mod trace;
