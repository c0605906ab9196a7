// What the mathematics sees of the caller's arrays: pointers, shapes and strides, nothing owned.
#pragma once

#include <cstddef>
#include <cstdint>

namespace semigen {

using Index = std::ptrdiff_t;

/// A matrix that somebody else owns. Strides count elements, so C order, Fortran order and slices are all alike.
template <class T>
struct MatrixView {
    const T *data;
    Index rows, columns;
    Index row_stride, column_stride;
};

/// Consecutive positions whose rows may belong to the components [first_component, last_component) only.
///
/// Unlabelled rows form one group that may use every component; the labelled rows of a class form one that may use
/// the components of that class; rows with unsure labels form one that may use every component, each row with a log
/// prior of its own over the classes. Labels enter the mathematics in no other way.
struct RowGroup {
    Index first, last;
    Index first_component, last_component;
    double weight;  ///< multiplies the weight of each row: 1 for labelled rows, lambda for unlabelled ones
    const double *log_priors = nullptr;  ///< a row per position and a value per class; null where there are none
    bool may_be_noise = false;           ///< whether its rows may belong to no component, where a model allows for that
};

/// Whether the rows of a group belong to one component, whatever the parameters.
[[gnu::always_inline]] inline bool has_one_component(const RowGroup &group, bool noise) {
    return group.last_component - group.first_component == 1 && !(noise && group.may_be_noise);
}

/// What rows hold in columns that are no numbers, as compressed rows: row i has the cells [first[i], first[i + 1]).
///
/// A cell is a value of a category, a count, or a word; every component has a log density for each (ModelView::tables),
/// and those of a row's cells, times how often it has them, add up. A row without a value has no cell for it.
struct Cells {
    const std::int64_t *first = nullptr;  ///< by row of `values`; null where all columns are numbers
    const std::int32_t *numbers = nullptr;
    const double *times = nullptr;  ///< null is all ones
};

/// The rows of one fit, in the order in which a pass visits them, and the coordinates in which the model sees them.
template <class T>
struct Rows {
    MatrixView<T> values;
    const std::int64_t *order;  ///< position -> row of `values`; null is the identity
    const double *weights;      ///< by row of `values`; null is all ones
    const RowGroup *groups;     ///< cover [0, positions) in order
    Index group_count;
    const T *centre;  ///< the model's coordinates are (x - centre) * scale, column by column
    const T *scale;
    Index positions;
    const std::int64_t *component_class = nullptr;  ///< needed where groups have log priors
    Index classes = 0;
    Cells cells{};
};

}  // namespace semigen
