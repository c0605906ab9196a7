// The E step over the rows of one pattern of missing values, each completed under every component
// (precision_model.hpp).
#pragma once

#include "semigen/kernel_table.hpp"
#include "semigen/simd/elementary.hpp"
#include "semigen/simd/lanes.hpp"

namespace semigen::SEMIGEN_TARGET {

/// to += factor * from, in whole vectors.
inline void add_multiple(double *to, double factor, const double *from, Index count) {
    for (Index v = 0; v < count; v += width<double>) store(to + v, load(to + v) + factor * load(from + v));
}

/// Writes C Lambda_M and C side by side, a row for each missing column; adds log det Lambda_MM to `log_determinant`.
///
/// Lambda_MM = L L^T: elimination of [Lambda_M I] gives L^-1 [Lambda_M I], and L_ik as entry M_i of its row k. False if
/// that part is not positive definite.
inline bool regress(const double *precision, const Index *missing, Index unseen, Index stride, double *rows,
                    double &log_determinant) {
    const Index size = stride + padded_columns(unseen);
    for (Index i = 0; i < unseen; ++i) {
        double *row = rows + i * size;
        for (Index v = 0; v < size; v += width<double>)
            store(row + v, v < stride ? load(precision + missing[i] * stride + v) : Vector<double>{});
        row[stride + i] = 1;
    }
    for (Index k = 0; k < unseen; ++k) {
        double *row = rows + k * size;
        const double pivot = row[missing[k]];
        if (!(pivot > 0)) return false;
        log_determinant += __builtin_log(pivot);
        const double scale = 1 / __builtin_sqrt(pivot);
        for (Index v = 0; v < size; v += width<double>) store(row + v, scale * load(row + v));
        for (Index i = k + 1; i < unseen; ++i) add_multiple(rows + i * size, -row[missing[i]], row, size);
    }
    for (Index k = unseen - 1; k >= 0; --k) {
        double *row = rows + k * size;
        const double scale = 1 / row[missing[k]];
        for (Index v = 0; v < size; v += width<double>) store(row + v, scale * load(row + v));
        for (Index i = 0; i < k; ++i) add_multiple(rows + i * size, -rows[i * size + missing[k]], row, size);
    }
    return true;
}

/// |P x|^2 from the columns of P.
inline double squared_length(const double *columns, const double *x, Index d, Index stride) {
    Vector<double> sum{};
    for (Index v = 0; v < stride; v += width<double>) {
        Vector<double> even{}, odd{};
        const Index end = v + width<double> < d ? v + width<double> : d;
        Index j = 0;
        for (; j + 1 < end; j += 2) {
            even += x[j] * load(columns + j * stride + v);
            odd += x[j + 1] * load(columns + (j + 1) * stride + v);
        }
        if (j < end) even += x[j] * load(columns + j * stride + v);
        even += odd;
        sum += even * even;
    }
    return sum_of_lanes<double>(sum);
}

/// Adds the statistics of all rows, which have the first `seen` of `columns` and lack the others. False, and nothing is
/// added, if precisions have lost so many digits that the missing columns cannot be told.
template <class T>
bool accumulate_incomplete(const Rows<T> &rows, const PrecisionView &model, const Index *columns, Index seen,
                           bool prune, CompletionSums &sums) {
    const Index d = model.features, stride = model.stride, unseen = d - seen;
    const Index *missing = columns + seen;
    const Index size = stride + padded_columns(unseen), matrix = d * stride;
    const bool shared = is_shared(model.family);
    Index begin = model.components, end = 0;
    for (Index g = 0; g < rows.group_count; ++g) {
        begin = rows.groups[g].first_component < begin ? rows.groups[g].first_component : begin;
        end = rows.groups[g].last_component > end ? rows.groups[g].last_component : end;
    }
    constexpr double half_log_two_pi = 0.9189385332046727;
    double *constants = sums.constants, *shares = sums.shares;
    for (Index m = begin; m < end; ++m) {
        if (shared && m > begin) {
            constants[m] = constants[begin];
            continue;
        }
        double log_determinant = 0;
        const Index c = shared ? 0 : m;
        if (!regress(model.precisions + c * matrix, missing, unseen, stride, sums.regressions + 2 * c * matrix,
                     log_determinant))
            return false;
        constants[m] = half_log_two_pi * static_cast<double>(unseen) - 0.5 * log_determinant;
    }
    for (Index m = begin; m < end; ++m) shares[m] = 0;
    for (Index j = 0; j < stride; ++j) sums.values[j] = sums.present[j] = 0;
    for (Index j = 0; j < seen; ++j) sums.present[columns[j]] = 1;

    const double cutoff = prune ? negligible_log_ratio<T> : FloatFormat<T>::smallest_exponent;
    for (Index g = 0; g < rows.group_count; ++g) {
        const RowGroup &group = rows.groups[g];
        for (Index position = group.first; position < group.last; ++position) {
            const Index row = rows.order == nullptr ? position : rows.order[position];
            const T *values = rows.values.data + row * rows.values.row_stride;
            for (Index j = 0; j < seen; ++j) {
                const T value = (values[j * rows.values.column_stride] - rows.centre[j]) * rows.scale[j];
                sums.values[columns[j]] = value;
            }
            double largest = 0;
            for (Index m = group.first_component; m < group.last_component; ++m) {
                double *x = sums.deviations + m * stride;
                const double *mean = model.means + m * stride;
                const double *regression = sums.regressions + (shared ? 0 : 2 * m * matrix);
                for (Index v = 0; v < stride; v += width<double>)
                    store(x + v, (load(sums.values + v) - load(mean + v)) * load(sums.present + v));
                for (Index i = 0; i < unseen; ++i) {
                    Vector<double> product{};
                    for (Index v = 0; v < stride; v += width<double>)
                        product += load(regression + i * size + v) * load(x + v);
                    sums.expected[i] = -sum_of_lanes<double>(product);
                }
                for (Index i = 0; i < unseen; ++i) x[missing[i]] = sums.expected[i];
                double log_joint = model.constants[m] + constants[m] -
                                   0.5 * squared_length(model.columns + (shared ? 0 : m * matrix), x, d, stride);
                if (group.log_priors != nullptr)
                    log_joint += group.log_priors[(position - group.first) * rows.classes + rows.component_class[m]];
                sums.log_joint[m] = log_joint;
                largest = m == group.first_component || log_joint > largest ? log_joint : largest;
            }
            const double weight = group.weight * (rows.weights == nullptr ? 1.0 : rows.weights[row]);
            double total = 0;
            for (Index m = group.first_component; m < group.last_component; ++m) {
                const double ratio = sums.log_joint[m] - largest;
                total += sums.log_joint[m] = ratio < cutoff ? 0.0 : __builtin_exp(ratio);
            }
            sums.log_likelihood += weight * (largest + __builtin_log(total));
            for (Index m = group.first_component; m < group.last_component; ++m) {
                const double share = sums.log_joint[m] * weight / total;
                if (share == 0) continue;
                const double *x = sums.deviations + m * stride;
                double *second = sums.second + (shared ? 0 : m * matrix);
                shares[m] += share;
                add_multiple(sums.first + m * stride, share, x, stride);
                for (Index i = 0; i < d; ++i)
                    add_multiple(second + i * stride, share * x[i], x, (i / width<double> + 1) * width<double>);
            }
        }
    }
    for (Index m = begin; m < end; ++m) {
        sums.mass[m] += shares[m];
        const double *conditional = sums.regressions + (shared ? 0 : 2 * m * matrix) + stride;
        double *second = sums.second + (shared ? 0 : m * matrix);
        for (Index i = 0; i < unseen; ++i)
            for (Index j = 0; j <= i; ++j)
                second[missing[i] * stride + missing[j]] += shares[m] * conditional[i * size + j];
    }
    return true;
}

}  // namespace semigen::SEMIGEN_TARGET
